import assert from "node:assert/strict";
import { stringify } from "yaml";
import { Collector, type ReceivedSpan } from "./support/collector.ts";
import { putFixture, serving } from "./support/fixture.ts";
import { startFront, type TestFront } from "./support/front.ts";
import { languages, node, python } from "./support/languages.ts";
import { freePort } from "./support/ports.ts";
import { RuntimeProcess } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";
import { executorKind } from "./support/executor.ts";
import { answers, echo, executing, putDefinition } from "./workflow-support.ts";

const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const traceparent = `00-${traceId}-${spanId}-01`;

describe("tracing", () => {
  let collector: Collector;

  beforeEach(async () => {
    collector = await Collector.start();
  });
  afterEach(() => collector.stop());

  describe("a run of functions in both languages", () => {
    let front: TestFront;
    let processes: RuntimeProcess[];

    beforeEach(async () => {
      front = await startFront();
      const env = {
        ...collector.env,
        KNFLOW_FUNCTION_ADDRESS: `${front.url}/{name}`,
        KNFLOW_LOG_LEVEL: "debug",
      };
      const starting = [
        ["echo", node, "main.echo"],
        ["caller", python, "main.call"],
      ] as const;
      processes = await Promise.all(
        starting.map(async ([name, kind, handler]) => {
          const own = { ...env, FAASIT_FUNC_NAME: name };
          const made = await RuntimeProcess.start(kind, await putFixture(kind), { handler, env: own });
          return made;
        }),
      );
    });
    afterEach(async () => {
      for (const each of processes) await each.stop();
      await front.close();
    });

    it("is one trace: run, tasks, calls, invocations, and calls from code", async () => {
      const [echo, caller] = processes;
      assert.ok(echo && caller);
      front.route("echo", echo.url);
      const addresses = { echo: echo.url, caller: caller.url };
      const run = await RuntimeProcess.start(
        executorKind,
        await putDefinition([
          { first: { call: "echo", with: { n: 1 } } },
          { rest: { do: [{ second: { call: "caller", with: { function: "echo" } } }] } },
        ]),
        { env: { ...collector.env, KNFLOW_FUNCTIONS: JSON.stringify(addresses), FAASIT_WORKFLOW_NAME: "flow" } },
      );
      try {
        const headers = { traceparent, "x-knflow-run-id": "run-7" };
        assert.equal((await run.call({}, { headers })).status, 200);
        const [root] = await waitFor("all spans", () => (collector.spans.length >= 10 ? roots() : undefined));
        assert.ok(root);
        assert.deepEqual(tree(root), {
          "server flow": {
            "internal first": { "client call echo": { "server echo": {} } },
            "internal rest": {
              "internal second": {
                "client call caller": { "server caller": { "client call echo": { "server echo": {} } } },
              },
            },
          },
        });
        assert.equal(root.parentSpanId, spanId);
        assert.ok(collector.spans.every((span) => span.traceId === traceId));
        assert.ok(collector.spans.every((span) => span.attributes["knflow.run.id"] === "run-7"));
        assert.ok(collector.spans.every((span) => span.begun <= span.ended));
        assert.deepEqual(new Set(collector.spans.map(({ service }) => service)), services());
        assert.ok(collector.spans.every(({ error }) => error === undefined));
      } finally {
        await run.stop();
      }

      function services() {
        return new Set(["flow", "workflow-under-test-echo", "workflow-under-test-caller"]);
      }
      function roots() {
        return collector.spans.filter((span) => !collector.spans.some((one) => one.spanId === span.parentSpanId));
      }
      function tree(span: ReceivedSpan): object {
        const inner = collector.spans.filter((one) => one.parentSpanId === span.spanId);
        inner.sort((one, other) => one.begun - other.begun);
        return { [`${span.kind} ${span.name}`]: Object.assign({}, ...inner.map(tree)) as object };
      }
    });
  });

  it("a run that faults says so, with the task and the call that failed", async () => {
    const error = { error: { type: "HandlerError", exception: "OutOfStock", message: "no flour left" } };
    await executing(
      [{ bake: { call: "f" } }],
      { f: answers(500, error) },
      async (runtime) => {
        assert.equal((await runtime.call({})).status, 500);
        const run = await collector.received("the run", ({ kind }) => kind === "server");
        assert.equal(run.error, "f: OutOfStock: no flour left");
        assert.equal(run.attributes["knflow.run.state"], "faulted");
        const named = (name: string) => collector.spans.find((span) => span.name === name);
        assert.match(named("bake")?.error ?? "", /no flour left/);
        assert.equal(named("call f")?.attributes["http.response.status_code"], 500);
      },
      collector.env,
    );
  });

  it("tasks of loops and retries are inside of what they are a turn of", async () => {
    const definition = stringify({
      document: { dsl: "1.0.0", namespace: "test", name: "test", version: "1.0.0" },
      do: [
        { each: { for: { in: "${ [1, 2] }" }, do: [{ once: { set: { a: 1 } } }] } },
        { both: { fork: { branches: [{ left: { set: { a: 1 } } }, { right: { set: { a: 1 } } }] } } },
        {
          safe: {
            try: [{ fails: { raise: { error: { type: "https://example.com/e", status: 400 } } } }],
            catch: { do: [{ saved: { set: { a: 1 } } }] },
          },
        },
      ],
    });
    await executing(
      definition,
      {},
      async (runtime) => {
        assert.equal((await runtime.call({})).status, 200);
        await collector.received("the run", ({ kind }) => kind === "server");
        const nameOf = (id: string) => collector.spans.find((span) => span.spanId === id)?.name;
        const pairs = collector.spans.map((span) => `${nameOf(span.parentSpanId) ?? ""} > ${span.name}`);
        assert.deepEqual(pairs.sort(), [
          " > workflow-under-test",
          "both > left",
          "both > right",
          "each > once",
          "each > once",
          "safe > fails",
          "safe > saved",
          "workflow-under-test > both",
          "workflow-under-test > each",
          "workflow-under-test > safe",
        ]);
      },
      collector.env,
    );
  });

  for (const kind of languages) {
    describe(kind.name, () => {
      const startOf = (span: ReceivedSpan) => span.attributes["faas.coldstart"];

      it("tells of each invocation: whether it was the first, its status, what it ended with", async () => {
        await serving(kind, "echo", collector.env, async (runtime) => {
          await runtime.call({}, { headers: { traceparent, "x-knflow-run-id": "run-1" } });
          await runtime.call("{", { headers: { traceparent, "x-knflow-run-id": "run-2" } });
          const of = (run: string) => collector.received(run, (span) => span.attributes["knflow.run.id"] === run);
          const [first, second] = [await of("run-1"), await of("run-2")];
          assert.deepEqual([first.kind, first.name, first.parentSpanId], ["server", "function-under-test", spanId]);
          assert.deepEqual([startOf(first), startOf(second)], [true, false]);
          assert.deepEqual(
            [first.attributes["http.response.status_code"], second.attributes["http.response.status_code"]],
            [200, 400],
          );
          // A client's fault is not the server's.
          assert.deepEqual(
            [first.error, second.error, second.attributes["error.type"]],
            [undefined, undefined, "BadRequest"],
          );
        });
      });

      it("tells of an error without the values of secrets", async () => {
        const env = { ...collector.env, TOKEN: "kitchen-7391", KNFLOW_SECRET_VARIABLES: "TOKEN" };
        await serving(kind, "fail", env, async (runtime) => {
          assert.equal((await runtime.call({ message: "no kitchen-7391" })).status, 500);
          const span = await collector.received("the error", ({ error }) => error !== undefined);
          assert.equal(span.error, "no [secret TOKEN]");
          assert.equal(span.attributes["error.type"], "HandlerError");
        });
      });

      it("hands its own span to the handler, also where no trace came", async () => {
        await serving(kind, "with_context", collector.env, async (runtime) => {
          for (const headers of [{ traceparent }, {}]) {
            const before = collector.spans.length;
            const given = (await runtime.call({}, { headers })).json as { traceparent: string };
            const span = await waitFor("the span", () => collector.spans[before]);
            assert.equal(given.traceparent, `00-${span.traceId}-${span.spanId}-01`);
          }
        });
      });

      it("follows the caller's word on sampling, and its own share where nobody said one", async () => {
        await serving(kind, "echo", { ...collector.env, KNFLOW_TRACING_SAMPLING: "0" }, async (runtime) => {
          const unsampled = `00-${traceId}-${spanId}-00`;
          for (const headers of [{}, { traceparent: unsampled }, { traceparent }]) await runtime.call({}, { headers });
          runtime.signal("SIGTERM");
          assert.equal(await runtime.ended(), 0);
          assert.equal(collector.spans.length, 1);
        });
      });

      it("sends the last spans before it ends, with the headers that it is given", async () => {
        const headers = { KNFLOW_TRACING_HEADERS: "authorization=Bearer abc, x-tenant=kitchen" };
        await serving(kind, "echo", { ...collector.env, ...headers }, async (runtime) => {
          await runtime.call({});
          runtime.signal("SIGTERM");
          assert.equal(await runtime.ended(), 0);
          assert.equal(collector.spans.length, 1);
          const [sent] = collector.headers;
          assert.deepEqual([sent?.authorization, sent?.["x-tenant"]], ["Bearer abc", "kitchen"]);
        });
      });

      it("sends again what a collector could not take", async () => {
        let answered = 0;
        const busy = await Collector.start(() => (answered++ === 0 ? 503 : 200));
        try {
          await serving(kind, "echo", busy.env, async (runtime) => {
            await runtime.call({});
            await busy.received("the span", () => true);
            assert.match((await runtime.logged("the failure", ({ level }) => level === "warn")).msg, /it answered 503/);
          });
        } finally {
          await busy.stop();
        }
      });

      for (const [what, env] of [
        ["not there", async () => ({ KNFLOW_TRACING_ENDPOINT: `http://127.0.0.1:${await freePort()}` })],
        ["silent", async () => (await silent()).env],
      ] as const) {
        it(`serves calls, and ends in time, with a collector that is ${what}`, async () => {
          await serving(kind, "echo", await env(), async (runtime) => {
            const replies = await Promise.all(Array.from({ length: 1000 }, (_, n) => runtime.call({ n })));
            assert.ok(replies.every(({ status }, n) => status === 200 && (replies[n]?.json as { n: number }).n === n));
            const begun = performance.now();
            runtime.signal("SIGTERM");
            assert.equal(await runtime.ended(), 0);
            assert.ok(performance.now() - begun < 6000, `${performance.now() - begun} ms`);
          });
        });
      }
    });
  }

  let quiet: Collector | undefined;
  const silent = async () => (quiet = await Collector.start(() => undefined));
  afterEach(async () => {
    await quiet?.stop();
    quiet = undefined;
  });

  it("an executor whose collector is not there runs its workflow, and ends in time", async () => {
    const env = { KNFLOW_TRACING_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    await executing(
      [{ step: { call: "f" } }],
      { f: echo },
      async (runtime) => {
        assert.equal((await runtime.call({ a: 1 })).status, 200);
        runtime.signal("SIGTERM");
        assert.equal(await runtime.ended(), 0);
      },
      env,
    );
  });
});
