import assert from "node:assert/strict";
import { Callees } from "./support/callees.ts";
import { putFixture, serving } from "./support/fixture.ts";
import { startFront } from "./support/front.ts";
import { languages, node, python } from "./support/languages.ts";
import { RuntimeProcess, type RuntimeKind, type StartOptions } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";

// What the table of conformance cannot say of calls from code; test/runtime/conformance.ts has their answers.

interface Failed {
  readonly error: Readonly<Record<string, string>>;
}

describe("calls from code", () => {
  let callees: Callees;

  beforeEach(async () => {
    callees = await Callees.start();
  });
  afterEach(() => callees.stop());

  for (const kind of languages) {
    describe(kind.name, () => {
      const calling = (
        handler: string,
        env: StartOptions["env"],
        work: (runtime: RuntimeProcess) => Promise<void>,
      ): Promise<void> => serving(kind, handler, { ...callees.env, ...env }, work);

      for (const handler of ["call", "call_async"]) {
        it(`${handler}: ends before its caller's own time does, and closes the connection`, async () => {
          await calling(handler, { KNFLOW_TIMEOUT_SECONDS: "4" }, async (runtime) => {
            const caught = await runtime.call({ function: "never", catch: true });
            assert.equal(caught.status, 200, caught.text);
            assert.match((caught.json as { message: string }).message, /^never did not answer within 3\.[5-8]\d* s$/);
            const reply = await runtime.call({ function: "never", timeout: 30 });
            assert.equal(reply.status, 504);
            assert.equal((reply.json as Failed).error.type, "CallError");
            await waitFor("both calls to be given up", () =>
              Promise.resolve(callees.givenUp.length === 2 || undefined),
            );
            assert.equal(await runtime.isReady(), true);
          });
        });

        it(`${handler}: uses connections again, with a span for each call`, async () => {
          await calling(handler, {}, async (runtime) => {
            for (let turn = 0; turn < 5; turn++) {
              const reply = await runtime.call(
                { function: "echo", payload: turn },
                { headers: { "x-knflow-run-id": "r" } },
              );
              assert.equal(reply.json, turn);
            }
            assert.equal(callees.connections, 1);
            assert.equal(new Set(callees.traces.map((trace) => trace.slice(0, 35))).size, 1, "a run has one trace");
            assert.equal(new Set(callees.traces).size, 5);
          });
        });
      }

      it("goes on where as many calls as it has threads wait for what never answers", async () => {
        await calling("call", { KNFLOW_TIMEOUT_SECONDS: "2" }, async (runtime) => {
          const replies = await Promise.all(
            Array.from({ length: 32 }, () => runtime.call({ function: "never", timeout: 30 })),
          );
          assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([504]));
          assert.equal((await runtime.call({ function: "echo", payload: 1 })).json, 1);
        });
      });

      it("makes another connection where the one before was closed", async () => {
        await calling("call", {}, async (runtime) => {
          assert.equal((await runtime.call({ function: "echo", payload: 1 })).json, 1);
          callees.closeConnections();
          await new Promise((resolve) => setTimeout(resolve, 100));
          assert.equal((await runtime.call({ function: "echo", payload: 2 })).json, 2);
        });
      });

      it("answers others while calls are waited for", async () => {
        await calling("call", {}, async (runtime) => {
          const waiting = Promise.all(
            Array.from({ length: 16 }, (_, turn) => runtime.call({ function: "together", payload: turn })),
          );
          assert.equal(await runtime.isReady(), true);
          assert.deepEqual(
            (await waiting).map(({ json }) => json),
            Array.from({ length: 16 }, (_, turn) => turn),
          );
        });
      });

      it("logs what was not caught, with the place of the call", async () => {
        await calling("call", {}, async (runtime) => {
          const reply = await runtime.call({ function: "fails" });
          const id = reply.headers["x-knflow-run-id"];
          const line = await runtime.logged("the failure", ({ runId, msg }) => runId === id && msg === "call failed");
          const error = line.error as { type: string; message: string; trace: string };
          assert.deepEqual([line.status, error.type], [502, "CallError"]);
          assert.equal(error.message, "fails: OutOfStock: no flour left");
          assert.match(error.trace, kind.name === "python" ? /main\.py", line \d+, in call\b/ : /main\.ts:\d+/);
        });
      });

      it("refuses a payload that is no JSON", async () => {
        await calling("call_without_json", {}, async (runtime) => {
          const { status, json } = await runtime.call({});
          const { type, exception, message } = (json as Failed).error;
          assert.deepEqual([status, type, exception], [500, "HandlerError", "TypeError"]);
          assert.match(message ?? "", /^the payload for echo cannot be written as JSON: /);
        });
      });

      it("says which setting is missing", async () => {
        const env = { KNFLOW_FUNCTION_ADDRESS: undefined, KNFLOW_WORKFLOW_ADDRESS: undefined };
        await calling("call", env, async (runtime) => {
          for (const [key, setting] of [
            ["function", "KNFLOW_FUNCTION_ADDRESS"],
            ["workflow", "KNFLOW_WORKFLOW_ADDRESS"],
          ] as const) {
            const caught = (await runtime.call({ [key]: "echo", catch: true })).json as Record<string, unknown>;
            assert.deepEqual([caught.status, caught.type], [501, "NotConfigured"]);
            assert.equal(caught.message, `echo cannot be called: ${setting} is not set`);
          }
        });
      });

      it("does not start with an address that has no place for a name", async () => {
        const object = await putFixture(kind);
        for (const wrong of ["http://host", "http://{name}/{name}", "https://{name}", "http://a@{name}", "{name}"]) {
          const env = { KNFLOW_FUNCTION_ADDRESS: wrong };
          const runtime = await RuntimeProcess.launch(kind, object, { handler: "main.call", env });
          assert.equal(await runtime.ended(), 1);
          const message = `KNFLOW_FUNCTION_ADDRESS is '${wrong}', which is not empty or http://<host>[:port][/<path>] with {name}`;
          assert.ok((await runtime.terminationMessage()).includes(message), await runtime.terminationMessage());
          await runtime.stop();
        }
      });

      it("ends functions that call each other for ever", async () => {
        await together({ itself: [kind, "call_itself"] }, async (front) => {
          const { status, json } = await post(`${front}/workflow-under-test/itself`, {});
          assert.equal(status, 502);
          const { message } = (json as Failed).error;
          assert.match(message ?? "", /^(itself: CallError: ){32}itself is not called: there are 32 calls/);
        });
      });
    });
  }

  it("go from language to language, in one run and one trace", async () => {
    await together(
      { snake: [python, "call"], hexagon: [node, "call"], last: [python, "with_context"] },
      async (front) => {
        const trace = "0af7651916cd43dd8448eb211c80319c";
        const event = { function: "hexagon", payload: { function: "last", payload: {} } };
        const headers = { "x-knflow-run-id": "through-all", traceparent: `00-${trace}-b7ad6b7169203331-01` };
        const { json } = await post(`${front}/workflow-under-test/snake`, event, headers);
        const { runId, traceparent } = json as { runId: string; traceparent: string };
        assert.equal(runId, "through-all");
        assert.match(traceparent, new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
      },
    );
  });

  for (const handler of ["call_in_own_loop", "call_in_thread", "call_around"]) {
    it(`python: ${handler}: waits in the way that fits where it is`, async () => {
      await serving(python, handler, callees.env, async (runtime) => {
        assert.deepEqual((await runtime.call({ function: "echo", payload: [1] })).json, [1]);
        const caught = (await runtime.call({ function: "fails", catch: true })).json as { exception: string };
        assert.equal(caught.exception, "OutOfStock");
      });
    });
  }

  it("node: a call that its handler did not wait for ends too", async () => {
    await serving(node, "forget", { ...callees.env, KNFLOW_TIMEOUT_SECONDS: "1" }, async (runtime) => {
      assert.equal((await runtime.call({ function: "never" })).json, "gone");
      await waitFor("the call to be given up", () => Promise.resolve(callees.givenUp.length === 1 || undefined));
    });
  });
});

/** Functions behind one address, as a local run has them. */
async function together(
  functions: Readonly<Record<string, readonly [RuntimeKind, string]>>,
  work: (front: string) => Promise<void>,
): Promise<void> {
  const front = await startFront();
  const env = { KNFLOW_FUNCTION_ADDRESS: `${front.url}/workflow-under-test/{name}` };
  const runtimes: RuntimeProcess[] = [];
  try {
    for (const [name, [kind, handler]] of Object.entries(functions)) {
      const runtime = await RuntimeProcess.start(kind, await putFixture(kind), { handler: `main.${handler}`, env });
      runtimes.push(runtime);
      front.route(`workflow-under-test/${name}`, runtime.url);
    }
    await work(front.url);
  } finally {
    await front.close();
    for (const runtime of runtimes) await runtime.stop();
  }
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}
