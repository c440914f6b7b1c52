import { once } from "node:events";
import { createServer } from "node:net";

/** Linux takes the ports of connections from 32768 on; those below are only taken by who asks for them. */
const first = 12_000 + Number(process.env.MOCHA_WORKER_ID ?? 0) * 5_000;
const last = first + 4_999;
let next = first + (process.pid % 4_000);

/** A port on loopback that nobody listens on, and that no other process of the tests will choose. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port === last ? first : port + 1;
    const server = createServer().listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
