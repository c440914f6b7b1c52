import assert from "node:assert/strict";
import { conformance, type ConformanceCase } from "./conformance.ts";
import { RuntimeProcess } from "./support/runtime.ts";
import { executorKind } from "./support/executor.ts";
import { echo, FakeFunction, putDefinition } from "./workflow-support.ts";

/** What is said of requests holds for the executor too: its workflow passes its input to an echo. */
const cases = conformance.filter((each) => each.handler === "echo");

/** Where a refusal is worded for functions. */
const ownWords: Readonly<Record<string, RegExp>> = { "another path": /run the workflow at '\/'/ };

describe("conformance: workflow", () => {
  let runtime: RuntimeProcess;
  let fn: FakeFunction;

  before(async () => {
    fn = await FakeFunction.start(echo);
    runtime = await RuntimeProcess.start(executorKind, await putDefinition([{ step: { call: "echo" } }]), {
      env: { KNFLOW_FUNCTIONS: JSON.stringify({ echo: fn.address }) },
    });
  });

  after(async () => {
    assert.equal(await runtime.isReady(), true, "the executor did not survive its requests");
    assert.ok(runtime.log.length > 0);
    await runtime.stop();
    await fn.stop();
  });

  for (const each of cases) it(each.name, () => check(each));

  async function check({ name, request, expect }: ConformanceCase): Promise<void> {
    const given = request.json === undefined ? undefined : JSON.stringify(request.json);
    const reply = await runtime.call(request.body ? request.body() : given, {
      method: request.method ?? "POST",
      path: request.path ?? "/",
      headers: request.headers ?? {},
    });
    assert.equal(reply.status, expect.status, reply.text.slice(0, 500));
    assert.equal(reply.headers["content-type"], "application/json");
    for (const [header, value] of Object.entries(expect.headers ?? {})) assert.equal(reply.headers[header], value);
    if (expect.json !== undefined) assert.deepEqual(reply.json, expect.json);
    if (!expect.error) return;
    const { error } = reply.json as { error: Record<string, string> };
    assert.equal(error.type, expect.error.type);
    assert.match(error.message ?? "", ownWords[name] ?? expect.error.message);
    assert.equal(error.id, reply.headers["x-knflow-run-id"]);
  }
});
