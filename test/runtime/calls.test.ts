import assert from "node:assert/strict";
import { archiveOf } from "./support/archives.ts";
import { putFixture } from "./support/fixture.ts";
import { node } from "./support/node.ts";
import { freePort } from "./support/ports.ts";
import { putArchive, python, RuntimeProcess, type RuntimeKind } from "./support/runtime.ts";
import { answers, echo, FakeFunction, type Behaviour } from "./workflow-support.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";

interface Forwarded {
  readonly output?: unknown;
  readonly error?: { readonly message: string; readonly status: number; readonly type: string };
}

for (const kind of [python, node] as readonly RuntimeKind[]) {
  describe(`calls from code: ${kind.name}`, () => {
    let object: string;

    before(async () => {
      object = await putFixture(kind);
    });

    /** A runtime whose functions and workflows are one fake. */
    async function calling(
      handler: string,
      behave: Behaviour,
      work: (runtime: RuntimeProcess, callee: FakeFunction) => Promise<void>,
      env: Record<string, string> = {},
    ): Promise<void> {
      const callee = await FakeFunction.start(behave);
      const runtime = await RuntimeProcess.start(kind, object, {
        handler: `main.${handler}`,
        env: {
          KNFLOW_FUNCTION_ADDRESS: `${callee.address}/functions/{name}`,
          KNFLOW_WORKFLOW_ADDRESS: `${callee.address}/workflows/{name}`,
          ...env,
        },
      });
      try {
        await work(runtime, callee);
      } finally {
        await runtime.stop();
        await callee.stop();
      }
    }

    const forwarded = async (runtime: RuntimeProcess, event: object, headers: Record<string, string> = {}) => {
      const reply = await runtime.call(event, { headers });
      assert.equal(reply.status, 200, reply.text);
      return reply.json as Forwarded;
    };

    for (const handler of ["forward", "forward_async"]) {
      it(`${handler}: the other's output, by its name; run, trace and depth go along`, async () => {
        await calling(handler, echo, async (runtime, callee) => {
          const headers = {
            "x-knflow-run-id": "run-1",
            traceparent: `00-${trace}-b7ad6b7169203331-01`,
            "x-knflow-depth": "3",
          };
          const payload = { größe: [1, null] };
          assert.deepEqual(await forwarded(runtime, { name: "count", payload }, headers), { output: payload });
          await forwarded(runtime, { kind: "workflow", name: "wordcount" }, headers);
          const [first, second] = callee.calls;
          assert.equal(first?.path, "/functions/count");
          assert.equal(second?.path, "/workflows/wordcount");
          assert.equal(second?.body, "null");
          assert.equal(first?.headers["content-type"], "application/json");
          assert.equal(first?.headers["x-knflow-run-id"], "run-1");
          assert.equal(first?.headers["x-knflow-depth"], "4");
          const given = String(first?.headers.traceparent);
          assert.match(given, new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
          assert.notEqual(given, headers.traceparent, "the call has a span of its own");
        });
      });

      it(`${handler}: an error that tells what the other said`, async () => {
        const error = { type: "HandlerError", exception: "OutOfStock", message: "no flour" };
        await calling(handler, answers(500, { error }), async (runtime) => {
          const told = { message: "count: OutOfStock: no flour", status: 500, type: "HandlerError" };
          assert.deepEqual(await forwarded(runtime, { name: "count" }), { error: told });
        });
      });

      it(`${handler}: an error where the other takes longer than is allowed`, async () => {
        await calling(
          handler,
          () => undefined,
          async (runtime) => {
            const { error } = await forwarded(runtime, { name: "count", timeout: 0.2 });
            assert.deepEqual([error?.type, error?.message], ["Timeout", "count did not answer in time"]);
          },
        );
      });
    }

    it("what a workflow faulted with", async () => {
      const problem = { type: "about:blank", status: 409, title: "Sold out", detail: "no seat" };
      await calling("forward", answers(409, problem), async (runtime) => {
        const { error } = await forwarded(runtime, { kind: "workflow", name: "book" });
        assert.deepEqual(error, { message: "book: Sold out: no seat", status: 409, type: "about:blank" });
      });
    });

    it("what is between them answers in plain text", async () => {
      await calling("forward", answers(503, "upstream is overloaded"), async (runtime) => {
        const { error } = await forwarded(runtime, { name: "count" });
        assert.deepEqual(error, {
          message: "count answered 503: upstream is overloaded",
          status: 503,
          type: "Unreachable",
        });
      });
    });

    it("no JSON, and more than an answer may have", async () => {
      await calling("forward", answers(200, "nothing"), async (runtime) => {
        assert.equal((await forwarded(runtime, { name: "count" })).error?.type, "InvalidOutput");
      });
      const large = answers(200, JSON.stringify("x".repeat(2000)));
      const env = { KNFLOW_MAX_BODY_BYTES: "1000" };
      await calling(
        "forward",
        large,
        async (runtime) => {
          const { error } = await forwarded(runtime, { name: "count" });
          assert.deepEqual([error?.type, error?.message], ["TooLarge", "count answered more than 1000 bytes"]);
        },
        env,
      );
    });

    it("nobody there", async () => {
      const env = { KNFLOW_FUNCTION_ADDRESS: `http://127.0.0.1:${await freePort()}/{name}` };
      await calling(
        "forward",
        echo,
        async (runtime) => {
          const { error } = await forwarded(runtime, { name: "count" });
          assert.equal(error?.type, "Unreachable");
          assert.match(error?.message ?? "", /^count cannot be reached: /);
        },
        env,
      );
    });

    it("a name that is none, calls without an end, a runtime without addresses: nothing is sent", async () => {
      await calling("forward", echo, async (runtime, callee) => {
        assert.equal((await forwarded(runtime, { name: "../secret" })).error?.type, "InvalidName");
        const deep = await forwarded(runtime, { name: "count" }, { "x-knflow-depth": "32" });
        assert.deepEqual(deep.error, {
          message: "more than 32 calls are inside each other",
          status: 0,
          type: "TooDeep",
        });
        assert.equal(callee.calls.length, 0);
      });
      const env = { KNFLOW_FUNCTION_ADDRESS: "", KNFLOW_WORKFLOW_ADDRESS: "" };
      await calling(
        "forward",
        echo,
        async (runtime) => {
          const { error } = await forwarded(runtime, { kind: "workflow", name: "count" });
          assert.match(error?.message ?? "", /KNFLOW_WORKFLOW_ADDRESS is not set/);
        },
        env,
      );
    });

    it("fifty at a time", async () => {
      await calling("forward_many", echo, async (runtime) => {
        const reply = await runtime.call({ name: "count", times: 50 });
        assert.deepEqual(
          reply.json,
          Array.from({ length: 50 }, (_, number) => number),
        );
      });
    });

    it("an error that the handler does not catch is its own", async () => {
      await calling(
        "forward_uncaught",
        answers(404, { error: { type: "NotFound", message: "no" } }),
        async (runtime) => {
          const reply = await runtime.call({ name: "count" });
          assert.equal(reply.status, 500);
          const { error } = reply.json as { error: Record<string, string> };
          assert.deepEqual(
            [error.type, error.exception, error.message],
            ["HandlerError", "CallError", "count: NotFound: no"],
          );
        },
      );
    });

    it("a call never outlives the one that it is made in", async () => {
      const env = { KNFLOW_TIMEOUT_SECONDS: "0.5" };
      await calling(
        "forward",
        () => undefined,
        async (runtime) => {
          const begun = performance.now();
          const reply = await runtime.call({ name: "count", timeout: 60 });
          assert.ok(reply.status === 504 || (reply.json as Forwarded).error?.type === "Timeout", reply.text);
          assert.ok(performance.now() - begun < 5000);
        },
        env,
      );
    });
  });
}

it("Python: a blocking call in an async handler is refused, with the way to do it", async () => {
  const code = "async def handler(event, context):\n    return context.call('count')\n";
  const runtime = await RuntimeProcess.start(python, await putArchive(await archiveOf({ "main.py": code })));
  try {
    const reply = await runtime.call({});
    assert.match(reply.text, /in an async handler, use `await context\.acall\(\.\.\.\)`/);
  } finally {
    await runtime.stop();
  }
});
