import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, it } from "mocha";
import { checkPort, choosePort, isOpen, parsePort } from "../../../cluster/embedded/gateway-port.ts";
import { UserError } from "../../../console/errors.ts";

const allBut =
  (...taken: number[]) =>
  (port: number) =>
    Promise.resolve(!taken.includes(port));
const none = new Set<number>();

describe("the gateway's port", () => {
  it("is the one that is asked for, or none", async () => {
    assert.equal(await choosePort(9000, 8080, none, allBut()), 9000);
    await assert.rejects(choosePort(9000, 8080, none, allBut(9000)), (error) => {
      assert.ok(error instanceof UserError);
      for (const part of [
        "port 9000 on 127.0.0.1",
        "ss -ltnp 'sport = :9000'",
        "--gateway-port",
        "KNFLOW_GATEWAY_PORT",
      ])
        assert.ok(error.message.includes(part), error.message);
      return true;
    });
  });

  it("stays as it was where it is free", async () => {
    assert.equal(await choosePort(undefined, 18085, none, allBut()), 18085);
    assert.equal(await choosePort(undefined, 18085, none, allBut(18085)), 8080);
  });

  it("is 8080, or the first from 18080 on that is neither taken nor another instance's", async () => {
    assert.equal(await choosePort(undefined, undefined, none, allBut()), 8080);
    assert.equal(await choosePort(undefined, undefined, new Set([8080, 18080]), allBut(18081)), 18082);
  });

  it("is refused with the way to ask for another one where all are taken", async () => {
    const nothing = () => Promise.resolve(false);
    await assert.rejects(
      choosePort(undefined, undefined, none, nothing),
      (error) => error instanceof UserError && /8080 and 18080 to 18179 .*--gateway-port/.test(error.message),
    );
  });

  it("is taken where a program listens on it, and then open", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await assert.rejects(checkPort(port), UserError);
    assert.ok(await isOpen(port));
    server.close();
    await once(server, "close");
    await checkPort(port);
    assert.ok(!(await isOpen(port)));
  });

  it("is written as a number from 1 to 65535", () => {
    assert.deepEqual(["1", "8080", "65535"].map(parsePort), [1, 8080, 65535]);
    for (const text of ["", "0", "65536", "80a", "-1", "8e3"]) assert.equal(parsePort(text), undefined, text);
  });
});
