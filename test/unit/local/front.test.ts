import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { Front } from "../../../local/front.ts";

describe("the address of knflow dev", () => {
  let behind: Server;
  let front: Front;
  let calls: number;

  beforeEach(async () => {
    calls = 0;
    behind = createServer((_, response) => {
      calls++;
      response.end("the answer");
    });
    await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
    front = await Front.start(0, { names: () => ["hello"], addressOf: () => address, wake: async () => {} });
  });
  afterEach(async () => {
    await front.close();
    behind.closeAllConnections();
    await new Promise((resolve) => behind.close(resolve));
  });

  const call = async (host: string) => {
    const { statusCode, body } = await request(`${front.url}/hello`, { method: "POST", headers: { host }, body: "{}" });
    return { status: statusCode, text: await body.text() };
  };

  it("answers requests to this machine by its own names, through a tunnel of another port too", async () => {
    const { host } = new URL(front.url);
    for (const name of [host, "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:8080"]) {
      assert.deepEqual(await call(name), { status: 200, text: "the answer" }, name);
    }
  });

  it("refuses requests under any other name, and hands none of them on", async () => {
    for (const name of ["rebound.example.com", "127.0.0.1.example.com:8080", "localhost.example.com", "192.0.2.1"]) {
      const { status, text } = await call(name);
      assert.equal(status, 403, name);
      assert.match(text, /answers requests to 127\.0\.0\.1, localhost and \[::1\] alone/);
    }
    assert.equal(calls, 0);
  });
});
