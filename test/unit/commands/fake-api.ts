import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { script } from "../toolchain/support.ts";

/**
 * A Kubernetes API in place of a cluster's, behind a kubectl in `bin` of the folder, which does what the lines say of a command
 * that is no `proxy`.
 *
 * @returns what ends it
 */
export async function fakeApi(
  folder: string,
  answer: RequestListener,
  ...otherwise: string[]
): Promise<() => Promise<void>> {
  const socket = join(folder, "api");
  const server = createServer(answer).listen(socket);
  await once(server, "listening");
  await script(
    join(folder, "bin", "kubectl"),
    'case "$*" in',
    `*" proxy "*) ln -s ${socket} "\${4#--unix-socket=}"; echo "Starting to serve on it"; exec sleep 60;;`,
    ...otherwise,
    "esac",
  );
  return async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
}

/** A list as the API gives it. */
export function listOf(...items: object[]): string {
  return JSON.stringify({ metadata: { resourceVersion: "7" }, items });
}
