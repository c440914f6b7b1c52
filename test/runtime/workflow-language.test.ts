import assert from "node:assert/strict";
import { answers, echo, executing, FakeFunction, type Behaviour } from "./workflow-support.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

/** Answers as `first` at its first calls, and then as `then`. */
function atFirst(calls: number, first: Behaviour, then: Behaviour): Behaviour {
  let left = calls;
  return (call, response) => (left-- > 0 ? first : then)(call, response);
}

describe("the workflow language, in the executor's process", () => {
  /** What tasks come to that call a server. */
  async function calling(behave: Behaviour, tasks: (origin: string) => object[], input: unknown = {}) {
    const server = await FakeFunction.start(behave);
    try {
      return await executing(tasks(server.address), {}, async (runtime) => {
        const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, "x-knflow-run-id": "run-1" };
        const reply = await runtime.call(input, { headers });
        return { status: reply.status, json: reply.json as Record<string, unknown>, calls: server.calls };
      });
    } finally {
      await server.stop();
    }
  }

  const asking = (origin: string, more: object = {}) => ({
    call: "http",
    with: { method: "post", endpoint: `${origin}/{kind}`, body: { n: "${ .n }" }, ...more },
  });

  it("calls by HTTP, with the run's id and trace", async () => {
    const behave: Behaviour = ({ body }, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    const { json, calls } = await calling(behave, (origin) => [{ ask: asking(origin) }], { kind: "a b", n: 1 });
    assert.deepEqual(json, { n: 1 });
    const headers = calls[0]?.headers ?? {};
    assert.equal(headers["x-knflow-run-id"], "run-1");
    assert.match(String(headers.traceparent), new RegExp(`^00-${traceId}-`));
    assert.equal(headers["content-type"], "application/json");
  });

  it("follows no redirection, and answers 500 where a run ends with one", async () => {
    const behave: Behaviour = (_call, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    const { status, json, calls } = await calling(behave, (origin) => [{ ask: asking(origin) }], { kind: "a" });
    assert.deepEqual([status, json.status, json.instance, calls.length], [500, 302, "/do/0/ask", 1]);
  });

  it("gives a call up that takes longer than its task may, and goes on with what catches it", async () => {
    const caught = { errors: { with: { status: 408 } }, do: [{ tell: { set: { at: "${ $error.instance }" } } }] };
    const tasks = (origin: string) => [
      { a: { try: [{ ask: { ...asking(origin), timeout: { after: "PT0.1S" } } }], catch: caught } },
    ];
    const { json } = await calling(() => undefined, tasks, { kind: "a" });
    assert.deepEqual(json, { at: "/do/0/a/try/0/ask" });
  });

  it("calls a function again that fails, as often as its policy says", async () => {
    const busy = answers(503, { error: { type: "Busy", message: "later" } });
    const retry = { delay: { milliseconds: 10 }, limit: { attempt: { count: 2 } } };
    const tasks = [{ a: { try: [{ ask: { call: "f" } }], catch: { errors: { with: { status: 503 } }, retry } } }];
    await executing(tasks, { f: atFirst(2, busy, echo) }, async (runtime, { f }) => {
      assert.deepEqual((await runtime.call({ n: 1 })).json, { n: 1 });
      assert.equal(f?.calls.length, 3);
    });
    await executing(tasks, { f: busy }, async (runtime, { f }) => {
      const reply = await runtime.call({ n: 1 });
      assert.deepEqual([reply.status, f?.calls.length], [503, 3]);
    });
  });

  it("answers with the status of an error that the workflow raises", async () => {
    const error = { type: "https://example.com/errors/gone", status: 410, title: "Gone" };
    await executing([{ refuse: { raise: { error } } }], {}, async (runtime) => {
      const reply = await runtime.call({});
      assert.equal(reply.status, 410);
      assert.deepEqual(reply.json, { ...error, instance: "/do/0/refuse" });
    });
  });

  it("goes on with other runs while an expression has no end, and ends it with its task's timeout", async () => {
    const endless = { if: ".endless", set: { x: "${ last(range(infinite)) }" }, timeout: { after: "PT1S" } };
    await executing([{ endless }, { a: { set: { n: "${ .n + 1 }" } } }], {}, async (runtime) => {
      const late = runtime.call({ endless: true });
      for (let n = 0; n < 5; n++) assert.deepEqual((await runtime.call({ n })).json, { n: n + 1 });
      assert.equal((await late).status, 408);
    });
  });

  it("starts with 10,000 tasks, and runs them", async () => {
    const tasks = Array.from({ length: 10_000 }, (_, index) => ({ [`t${index}`]: { set: { n: "${ .n }" } } }));
    await executing(tasks, {}, async (runtime) => {
      assert.deepEqual((await runtime.call({ n: 1 })).json, { n: 1 });
    });
  });
});
