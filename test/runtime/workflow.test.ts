import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { answers, computes, echo, executing, FakeFunction, type Behaviour } from "./workflow-support.ts";
import { freePort } from "./support/ports.ts";
import type { RuntimeProcess } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";
import { traces } from "./traces.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const callOnce = [{ step: { call: "f" } }];

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
}

/** What a run answers that must have faulted. */
async function problemOf(runtime: RuntimeProcess, input: unknown = {}): Promise<Problem> {
  const reply = await runtime.call(input);
  assert.equal(reply.headers["content-type"], "application/problem+json", reply.text);
  const problem = reply.json as Problem;
  assert.deepEqual(Object.keys(problem).sort(), ["detail", "instance", "status", "title", "type"]);
  assert.equal(problem.status, reply.status);
  const line = await runtime.logged("the fault", (one) => one.msg === "run faulted");
  assert.deepEqual(line.problem, problem);
  assert.equal(line.runId, reply.headers["x-knflow-run-id"]);
  return problem;
}

const split = computes(({ text, chunks }: { text: string; chunks: number | null }) => {
  const length = Math.ceil(text.length / (chunks ?? 4));
  return { parts: Array.from({ length: chunks ?? 4 }, (_, index) => text.slice(index * length, (index + 1) * length)) };
});
const wordcount: Record<string, Behaviour> = {
  split,
  count: computes(({ text }: { text: string }) => ({ length: text.length })),
  merge: computes(({ parts }: { parts: { length: number }[] }) => parts),
};

describe("the workflow executor", () => {
  it("runs the example: call, parallel map, call", async () => {
    const definition = await readFile("functions/wordcount/workflow.yaml", "utf8");
    await executing(definition, wordcount, async (runtime) => {
      const reply = await runtime.call({ text: "abcdefghij", chunks: 3 });
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(reply.json, [{ length: 4 }, { length: 4 }, { length: 2 }]);
    });
  });

  it("takes an input of 1 MB", async () => {
    const definition = await readFile("functions/wordcount/workflow.yaml", "utf8");
    await executing(definition, wordcount, async (runtime) => {
      const reply = await runtime.call({ text: "x".repeat(1_000_000), chunks: 100 });
      assert.deepEqual(reply.json, new Array(100).fill({ length: 10_000 }));
    });
  });

  it("takes an input of 1 MB through jq itself", async () => {
    const tasks = [{ a: { set: { text: "${ .text + .text }" } } }, { b: { set: { length: "${ .text | length }" } } }];
    await executing(tasks, {}, async (runtime) => {
      assert.deepEqual((await runtime.call({ text: "ü".repeat(500_000) })).json, { length: 1_000_000 });
    });
  });

  it("passes run id and trace on, and logs JSON with the run's id", async () => {
    const tasks = [
      {
        map: {
          for: { in: "[range(20)]" },
          metadata: { knflow: { map: { concurrency: 20 } } },
          do: [{ step: { call: "f" } }],
        },
      },
    ];
    await executing(
      tasks,
      { f: echo },
      async (runtime, { f }) => {
        const headers = {
          "x-knflow-run-id": "run-1.a:b_c",
          traceparent: `00-${traceId}-b7ad6b7169203331-01`,
          "x-knflow-depth": "5",
        };
        const reply = await runtime.call({}, { headers });
        assert.equal(reply.headers["x-knflow-run-id"], "run-1.a:b_c");
        assert.equal(f?.calls.length, 20);
        for (const call of f?.calls ?? []) {
          assert.equal(call.headers["x-knflow-run-id"], "run-1.a:b_c");
          assert.match(String(call.headers.traceparent), new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
          assert.equal(call.headers["x-knflow-depth"], "5");
        }
        await runtime.logged("the end", (line) => line.msg === "run completed");
        const lines = runtime.log.filter((line) => line.msg !== "ready");
        assert.ok(lines.every((line) => line.runId === "run-1.a:b_c" && line.workflow === "workflow-under-test"));
        assert.equal(lines.filter((line) => line.msg === "task completed" && line.level === "debug").length, 21);
      },
      { KNFLOW_LOG_LEVEL: "debug" },
    );
  });

  it("goes on with the caller's trace where it is sound, and begins one otherwise", async () => {
    await executing(callOnce, { f: echo }, async (runtime, { f }) => {
      for (const [name, traceparent, goesOn] of traces) {
        await runtime.call({}, { headers: { traceparent, tracestate: "a=1,b@c=2;3" } });
        const { headers } = f?.calls.at(-1) ?? {};
        const [version, trace, span, flags] = String(headers?.traceparent).split("-");
        assert.deepEqual([version, trace === traceId, flags], ["00", goesOn, goesOn ? "01" : "00"], name);
        assert.match(`${trace} ${span}`, /^(?!0{32})[0-9a-f]{32} (?!0{16}|b7ad6b7169203331)[0-9a-f]{16}$/);
        assert.equal(headers?.tracestate, goesOn ? "a=1,b@c=2;3" : undefined, name);
      }
      await runtime.call({}, { headers: { tracestate: "a=1" } });
      assert.equal(f?.calls.at(-1)?.headers.tracestate, undefined);
    });
  });

  describe("answers problem details where a function", () => {
    const handlerError = {
      error: { type: "HandlerError", message: "no flour left", id: "x", exception: "OutOfStock" },
    };
    const own = { "x-knflow-run-id": "x" };
    const cases: Record<string, [Behaviour, string, number, RegExp]> = {
      "fails with 500": [answers(500, handlerError), "runtime", 500, /^f: OutOfStock: no flour left$/],
      "refuses with 400": [
        answers(400, { error: { type: "BadRequest", message: "no text" } }),
        "runtime",
        400,
        /^f: BadRequest: no text$/,
      ],
      "replies 404 of its own": [
        answers(404, { error: "no such order" }, own),
        "runtime",
        404,
        /^f answered 404: \{"error":"no such order"\}$/,
      ],
      "replies an error without a type": [
        answers(409, { error: { code: 5 } }, own),
        "runtime",
        409,
        /^f answered 409: \{"error":\{"code":5\}\}$/,
      ],
      "replies an error without a message": [
        answers(503, { error: { type: "Busy" } }, own),
        "runtime",
        503,
        /^f: Busy$/,
      ],
      "is not there behind its gateway": [answers(404, "no route"), "communication", 404, /^f answered 404: no route$/],
      "is overloaded": [answers(503, "null"), "communication", 503, /^f answered 503: null$/],
      "takes longer than its own timeout": [
        answers(504, { error: { type: "Timeout", message: "60 s" } }),
        "timeout",
        408,
        /^f took longer than its timeout$/,
      ],
      "calls what takes too long": [
        answers(504, { error: { type: "CallError", message: "g did not answer within 5 s" } }),
        "timeout",
        408,
        /^f: CallError: g did not answer within 5 s$/,
      ],
      "replies 504 of its own": [answers(504, "no fax", own), "timeout", 408, /^f answered 504: no fax$/],
      "takes too long for its gateway": [answers(504, "late"), "timeout", 408, /^f took longer than its timeout$/],
      "answers a number that no double holds": [
        answers(200, '{"n": 1e999}'),
        "communication",
        500,
        /^f answered something that is no JSON$/,
      ],
      "answers no JSON": [answers(200, "hello"), "communication", 500, /^f answered something that is no JSON$/],
      "breaks the connection": [
        (_call, response) => response.destroy(),
        "communication",
        500,
        /^f cannot be reached: other side closed$/,
      ],
    };
    for (const [name, [behave, type, status, detail]] of Object.entries(cases)) {
      it(name, async () => {
        await executing(callOnce, { f: behave }, async (runtime) => {
          const problem = await problemOf(runtime);
          assert.equal(problem.type, `https://serverlessworkflow.io/spec/1.0.0/errors/${type}`);
          assert.equal(problem.status, status);
          assert.match(problem.title, / Error$/);
          assert.equal(problem.instance, "/do/0/step");
          assert.match(problem.detail, detail);
        });
      });
    }

    it("refuses the connection", async () => {
      const addresses = { f: `http://127.0.0.1:${await freePort()}` };
      const env = { KNFLOW_FUNCTIONS: JSON.stringify(addresses) };
      const work = async (runtime: RuntimeProcess) => {
        const problem = await problemOf(runtime);
        assert.match(problem.type, /communication$/);
        assert.match(problem.detail, /^f cannot be reached: connect ECONNREFUSED/);
      };
      await executing(callOnce, {}, work, env);
    });

    it("does not answer within the run's time, even if it goes on to loop", async () => {
      const silent: Behaviour = () => undefined;
      const work = async (runtime: RuntimeProcess) => {
        const problem = await problemOf(runtime);
        assert.match(problem.type, /timeout$/);
        assert.equal(problem.status, 408);
        assert.equal(problem.instance, "/do/0/step");
        assert.equal(await runtime.isReady(), true);
      };
      await executing(callOnce, { f: silent }, work, { KNFLOW_TIMEOUT_SECONDS: "0.2" });
    });
  });

  it("gives a task's place in loops, and a name that has a slash", async () => {
    const tasks = [{ "a/b": { for: { in: "[1]" }, do: [{ "~": { set: { x: '${ error("no") }' } } }] } }];
    await executing(tasks, {}, async (runtime) => {
      const problem = await problemOf(runtime);
      assert.match(problem.type, /expression$/);
      assert.equal(problem.instance, "/do/0/a~1b/do/0/~0");
      assert.equal(problem.detail, "no");
    });
  });

  it("stops calling once a parallel map failed, and survives jq running out of memory", async () => {
    const waiting: ServerResponse[] = [];
    const behave: Behaviour = ({ body }, response) => {
      if (body === "0") response.writeHead(500).end("no");
      else waiting.push(response);
    };
    const map = { for: { in: "." }, metadata: { knflow: { map: { concurrency: 3 } } } };
    const tasks = [{ m: { ...map, do: [{ one: { input: { from: "$item" }, call: "f" } }] } }];
    await executing(tasks, { f: behave }, async (runtime, { f }) => {
      const problem = await problemOf(runtime, [1, 2, 0, 4, 5]);
      assert.equal(problem.instance, "/do/0/m/do/0/one");
      assert.equal(f?.calls.length, 3);
      await waitFor("the other calls to be given up", () => waiting.every((one) => one.destroyed) || undefined);
    });
    await executing([{ a: { set: { x: "${ def f: f|f; f }" } } }], {}, async (runtime) => {
      assert.match((await problemOf(runtime)).detail, /^jq gave up/);
      assert.equal(await runtime.isReady(), true);
    });
  });

  it("keeps idle connections longer than queue-proxy does, but not beyond its end", async () => {
    await executing(callOnce, { f: echo }, async (runtime) => {
      assert.equal((await runtime.call({})).headers["keep-alive"], "timeout=120");
      runtime.signal("SIGTERM");
      assert.equal(await runtime.ended(), 0);
    });
  });

  it("gives a run up when its client goes away", async () => {
    const f = await FakeFunction.start(() => undefined);
    const env = { KNFLOW_FUNCTIONS: JSON.stringify({ f: f.address }) };
    const work = async (runtime: RuntimeProcess) => {
      const controller = new AbortController();
      const request = fetch(runtime.url, { signal: controller.signal });
      await waitFor("the call", () => f.calls[0]);
      controller.abort();
      await assert.rejects(request);
      await runtime.logged("that it gave up", (line) => line.msg.startsWith("run given up"));
      assert.ok(!runtime.log.some((line) => line.level === "error"));
    };
    await executing(callOnce, {}, work, env);
    await f.stop();
  });

  it("lets a run in flight finish after SIGTERM, takes no new one, and ends with 0", async () => {
    let open: ServerResponse | undefined;
    const behave: Behaviour = (_call, response) => (open = response);
    await executing(callOnce, { f: behave }, async (runtime) => {
      const reply = runtime.call({});
      const response = await waitFor("the call", () => open);
      runtime.signal("SIGTERM");
      await runtime.logged("that it stops", (line) => line.msg.startsWith("stopping"));
      runtime.signal("SIGTERM");
      await waitFor("it to refuse connections", async () => (await refusesConnections(runtime.url)) || undefined);
      response.end('{"done":true}');
      assert.deepEqual((await reply).json, { done: true });
      assert.equal(await runtime.ended(), 0);
    });
  });
});

async function refusesConnections(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    () => false,
    () => true,
  );
}
