import assert from "node:assert/strict";
import { conformance, type ConformanceCase } from "./conformance.ts";
import { Callees } from "./support/callees.ts";
import { putFixture } from "./support/fixture.ts";
import { node } from "./support/node.ts";
import { python, RuntimeProcess, type Reply, type RuntimeKind } from "./support/runtime.ts";

const runtimes: readonly RuntimeKind[] = [python, node];

for (const kind of runtimes) {
  describe(`conformance: ${kind.name}`, () => {
    let object: string;
    let callees: Callees;

    before(async () => {
      object = await putFixture(kind);
      callees = await Callees.start();
    });
    after(() => callees.stop());

    for (const handler of new Set(conformance.map((each) => each.handler))) {
      describe(handler, () => {
        let runtime: RuntimeProcess;

        before(async () => {
          runtime = await RuntimeProcess.start(kind, object, { handler: `main.${handler}`, env: callees.env });
        });

        after(async () => {
          assert.equal(await runtime.isReady(), true, "the runtime did not survive its requests");
          assert.ok(runtime.log.length > 0);
          await runtime.stop();
        });

        for (const each of conformance.filter((each) => each.handler === handler)) {
          it(each.name, async () => check(each, await send(runtime, each)));
        }
      });
    }
  });
}

function send(runtime: RuntimeProcess, { request }: ConformanceCase): Promise<Reply> {
  const body = request.body ? request.body() : request.json;
  const given = request.body || request.json !== undefined ? JSON.stringify(body) : undefined;
  return runtime.call(request.body ? body : given, {
    method: request.method ?? "POST",
    path: request.path ?? "/",
    headers: request.headers ?? {},
  });
}

function check({ expect, request }: ConformanceCase, reply: Reply): void {
  assert.equal(reply.status, expect.status, reply.text.slice(0, 500));
  assert.equal(reply.headers["content-type"], "application/json");
  for (const [name, value] of Object.entries(expect.headers ?? {})) assert.equal(reply.headers[name], value);
  if (expect.json !== undefined) assert.deepEqual(reply.json, expect.json);
  for (const [name, value] of Object.entries(expect.match ?? {})) {
    const found = (reply.json as Record<string, unknown>)[name];
    if (value instanceof RegExp) assert.match(String(found), value);
    else assert.deepEqual(found, value, `${name} in ${reply.text}`);
  }
  if (request.path !== "/health" || expect.error) assert.match(String(reply.headers["x-knflow-run-id"]), /^\S{1,128}$/);
  if (!expect.error) return;

  const { error } = reply.json as { error: Record<string, string> };
  assert.equal(error.type, expect.error.type);
  assert.match(error.message ?? "", expect.error.message);
  assert.equal(error.id, reply.headers["x-knflow-run-id"]);
  if (expect.error.exception) assert.match(error.exception ?? "", expect.error.exception);
  const fields = ["type", "message", "id", ...(expect.error.exception ? ["exception"] : [])];
  assert.deepEqual(Object.keys(error).sort(), fields.sort(), "nothing else is told to a client");
}
