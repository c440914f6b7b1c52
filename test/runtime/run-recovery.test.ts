import assert from "node:assert/strict";
import { join } from "node:path";
import { databases, Held, idOf, RunBench, type Run } from "./runs-support.ts";
import { startFront } from "./support/front.ts";
import { PostgresServer } from "./support/postgres.ts";
import { RuntimeProcess, type Reply } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";
import { executorKind, keeperKind } from "./support/executor.ts";
import { answers, echo, FakeFunction, putDefinition, type Behaviour } from "./workflow-support.ts";

/** What the client of an executor gets whose run goes on in another one. */
function assertHandedOver(reply: Reply, id: string, why: RegExp): void {
  assert.equal(reply.status, 503, reply.text);
  const { error } = reply.json as { error: Record<string, string> };
  assert.deepEqual([error.type, error.id, reply.headers.location], ["HandedOver", id, `/runs/${id}`]);
  assert.match(error.message ?? "", why);
}

for (const [database, provide] of Object.entries(databases)) {
  describe(`runs that lose their executor, written down in ${database}`, () => {
    let bench: RunBench;

    before(async function () {
      this.timeout(60_000);
      bench = await RunBench.start(provide);
    });
    afterEach(() => bench.clear());
    after(() => bench?.stop());

    for (const [kind, path] of [
      ["that nobody waits for", "/runs"],
      ["whose client waits", "/"],
    ] as const) {
      it(`takes up a run ${kind} where its executor was lost, at the first task without a result`, async function () {
        this.timeout(60_000);
        const held = new Held();
        const functions = { f: await bench.fake(echo), g: await bench.fake(held.behave) };
        const tasks = [
          { first: { call: "f" } },
          {
            each: {
              for: { in: "[1, 2]" },
              metadata: { knflow: { map: { concurrency: 2 } } },
              do: [{ inner: { call: "f", with: { item: "${ $item }" } } }],
            },
          },
          { held: { call: "g" } },
        ];
        const lost = await bench.serve(tasks, functions);
        const id = `lost-${database.length}-${path.length}-${Date.now()}`;
        const headers = { "x-knflow-run-id": id };
        const reply = lost.call({ a: 1 }, { path, headers }).catch(() => "the connection broke");
        await waitFor("the tasks before to be written down", async () => {
          const answer = await lost.call(undefined, { method: "GET", path: `/runs/${id}` });
          const run = answer.json as Partial<Run>;
          const done = run.tasks?.filter(({ durationMs }) => durationMs !== undefined) ?? [];
          return (held.calls === 1 && done.length === 4) || undefined;
        });
        lost.signal("SIGKILL");
        await reply;
        const next = await bench.serve(tasks, functions);
        held.release();
        const run = await bench.ended(next, id);
        assert.deepEqual([run.state, run.executors], ["completed", 2]);
        assert.deepEqual(run.output, [{ item: 1 }, { item: 2 }]);
        assert.equal(functions.f.calls.length, 3, "what had a result ran again");
        const keys = functions.g.calls.map((call) => call.headers["idempotency-key"]);
        assert.equal(keys.length, 2);
        assert.equal(keys[0], keys[1]);
        assert.equal(new Set(functions.f.calls.map((call) => call.headers["idempotency-key"])).size, 3);
      });
    }

    it("an error with a NUL character, and one that is nested too deeply, do not hold up a run's end", async () => {
      const broken = await bench.fake(answers(500, { error: { type: "E", message: "a\u0000b" } }));
      const deep = { a: "${ . }" };
      const tasks = [
        {
          grow: { for: { in: "[range(200)]" }, do: [{ step: { set: deep } }] },
        },
        { first: { call: "f" } },
      ];
      const runtime = await bench.serve(tasks, { f: broken });
      const id = idOf(await runtime.call({}, { path: "/runs" }));
      const run = await bench.ended(runtime, id);
      assert.equal(run.state, "faulted");
      assert.match(run.tasks.at(-1)?.error ?? "", /a\uFFFDb/);
    });

    // What follows is the executors' own work, whatever holds their runs.
    if (database !== "PostgreSQL") return;

    it("goes on with the definition that the run was started with", async function () {
      this.timeout(60_000);
      const held = new Held();
      const f = await bench.fake(held.behave);
      const before = await bench.serve([{ first: { call: "f" } }, { second: { set: { by: "the old" } } }], { f });
      const id = idOf(await before.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      before.signal("SIGKILL");
      const after = await bench.serve([{ first: { call: "f" } }, { second: { set: { by: "the new" } } }], { f });
      // What garbage collection asks: the archive is needed until the run has ended.
      const { archive } = (await after.call(undefined, { method: "GET", path: `/runs/${id}` })).json as {
        archive: string;
      };
      assert.ok((await bench.archivesInUse()).includes(archive));
      held.release();
      assert.deepEqual((await bench.ended(after, id)).output, { by: "the old" });
      assert.ok(!(await bench.archivesInUse()).includes(archive));
    });

    it("a run outlives the requests that keep its pod, and a wait goes on where it was", async function () {
      this.timeout(60_000);
      let calls = 0;
      const slow: Behaviour = ({ body }, response) => {
        calls++;
        setTimeout(() => response.end(body), 1200);
      };
      const env = { KNFLOW_TIMEOUT_SECONDS: "0.5" };
      const tasks = [{ pause: { wait: { milliseconds: 1200 } } }, { done: { call: "slow" } }];
      const runtime = await bench.serve(tasks, { slow: await bench.fake(slow) }, env);
      const id = idOf(await runtime.call({ b: 2 }, { path: "/runs" }));
      const run = await bench.ended(runtime, id);
      assert.deepEqual([run.state, run.output, run.executors, calls], ["completed", { b: 2 }, 1, 1]);
      assert.ok((run.durationMs ?? 0) >= 2400, `${run.durationMs} ms`);
    });

    it("a wait goes on where it was when its executor was lost", async function () {
      this.timeout(60_000);
      const tasks = [{ pause: { wait: { seconds: 5 } } }, { done: { set: { b: 2 } } }];
      const lost = await bench.serve(tasks, {});
      const id = idOf(await lost.call({}, { path: "/runs" }));
      await waitFor(
        "the wait to be written down",
        async () => (await bench.show(lost, id)).tasks.length === 1 || undefined,
      );
      lost.signal("SIGKILL");
      const run = await bench.ended(await bench.serve(tasks, {}), id);
      assert.deepEqual([run.state, run.executors], ["completed", 2]);
      assert.ok((run.durationMs ?? 0) >= 5000, `${run.durationMs} ms`);
      // What the second executor waited is the rest alone.
      assert.ok((run.tasks[0]?.durationMs ?? Infinity) < 4900, `${run.tasks[0]?.durationMs} ms`);
    });

    it("takes a run from an executor that hangs, which gives it up when it wakes", async function () {
      this.timeout(80_000);
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const hangs = await bench.serve(tasks, functions);
      const id = idOf(await hangs.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      // Before the other hangs: brought back to that one, the run would wait there until the keeper's patience ends.
      const next = await bench.serve(tasks, functions);
      hangs.signal("SIGSTOP");
      await waitFor("the second call", () => held.calls === 2 || undefined, 40);
      hangs.signal("SIGCONT");
      await hangs.logged("that it gives up", (line) => line.msg === "task given up" && line.runId === id);
      assert.equal((await bench.show(next, id)).state, "running");
      held.release();
      const run = await bench.ended(next, id);
      assert.equal(run.state, "completed");
      // Where the machine stalls for longer than a lease, it is taken up once more.
      assert.ok(run.executors >= 2 && held.calls === run.executors, `${run.executors} executors, ${held.calls} calls`);
    });

    it("tells the client of an executor that hung that another goes on with its run", async function () {
      this.timeout(80_000);
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const hangs = await bench.serve(tasks, functions);
      const id = `hung-${database.length}-${Date.now()}`;
      const waiting = hangs.call({ a: 1 }, { headers: { "x-knflow-run-id": id } });
      await waitFor("the run to be written down", async () => {
        const { status } = await hangs.call(undefined, { method: "GET", path: `/runs/${id}` });
        return (held.calls === 1 && status === 200) || undefined;
      });
      const next = await bench.serve(tasks, functions);
      hangs.signal("SIGSTOP");
      await waitFor("the second call", () => held.calls === 2 || undefined, 40);
      hangs.signal("SIGCONT");
      assertHandedOver(await waiting, id, /^this executor was silent, and another one goes on with the run; /);
      held.release();
      const run = await bench.ended(next, id);
      assert.deepEqual([run.state, run.output], ["completed", { a: 1 }]);
    });

    it("brings a run to another executor where the first one does not answer", async function () {
      const runtime = await bench.serve([{ first: { set: { b: 2 } } }], {});
      const silent = await bench.fake(() => undefined);
      bench.route(silent.address);
      const id = idOf(await runtime.call({}, { path: "/runs" }));
      await waitFor("the run to be brought", () => silent.calls.length === 1 || undefined);
      bench.route(runtime.url);
      assert.deepEqual((await bench.ended(runtime, id)).output, { b: 2 });
    });

    it("writes down how a run ended whose client got its output while the executor stopped", async function () {
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const stops = await bench.serve(tasks, functions);
      const id = `stopped-${database.length}-${Date.now()}`;
      const waiting = stops.call({ a: 1 }, { headers: { "x-knflow-run-id": id } });
      await waitFor("the call", () => held.calls === 1 || undefined);
      const next = await bench.serve(tasks, functions);
      stops.signal("SIGTERM");
      await stops.logged("that it stops", (line) => /^stopping/.test(String(line.msg)));
      held.release();
      assert.deepEqual((await waiting).json, { a: 1 });
      assert.equal(await stops.ended(), 0);
      const { state, executors } = await bench.show(next, id);
      assert.deepEqual([state, executors, held.calls], ["completed", 1, 1]);
    });

    it("hands runs over whose clients wait, when it is told to stop and they take too long", async function () {
      this.timeout(60_000);
      const held = new Held();
      let stop = () => undefined as void;
      const behave: Behaviour = (call, response) => {
        held.behave(call, response);
        // At once: the run's own time is hardly longer than the executor's.
        if (held.calls === 2) stop();
      };
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(behave) };
      const stops = await bench.serve(tasks, functions, { KNFLOW_TIMEOUT_SECONDS: "6" });
      stop = () => stops.signal("SIGTERM");
      const beside = idOf(await stops.call({ b: 1 }, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const next = await bench.serve(tasks, functions);
      const id = `handed-${database.length}-${Date.now()}`;
      const reply = await stops.call({ a: 1 }, { headers: { "x-knflow-run-id": id } });
      assertHandedOver(reply, id, /^this executor ends, and another one goes on with the run; /);
      assert.equal(await stops.ended(), 0);
      held.release();
      for (const [one, output] of [
        [id, { a: 1 }],
        [beside, { b: 1 }],
      ] as const) {
        const run = await bench.ended(next, one);
        assert.deepEqual([run.state, run.executors, run.output], ["completed", 2, output]);
      }
    });

    it("hands its runs over when it is told to stop and they take too long", async function () {
      this.timeout(60_000);
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const stops = await bench.serve(tasks, functions, { KNFLOW_TIMEOUT_SECONDS: "1" });
      const id = idOf(await stops.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const next = await bench.serve(tasks, functions);
      stops.signal("SIGTERM");
      assert.equal(await stops.ended(), 0);
      held.release();
      const run = await bench.ended(next, id);
      assert.deepEqual([run.state, run.executors], ["completed", 2]);
    });
  });
}

describe("a run store that goes away and comes back", () => {
  it("leaves runs to the executors that have them, and learns how they ended", async function () {
    this.timeout(60_000);
    const executor = executorKind;
    const postgres = await PostgresServer.start(join(shared().folder, "away"));
    const front = await startFront();
    const env = {
      KNFLOW_STORE_URL: postgres.url,
      KNFLOW_WORKFLOW_ADDRESS: `${front.url}/{name}`,
      KNFLOW_RUN_LEASE_SECONDS: "1",
    };
    const held = new Held();
    const f = await FakeFunction.start(held.behave);
    const keeper = await RuntimeProcess.start(keeperKind, "none", { env });
    const runtime = await RuntimeProcess.start(executor, await putDefinition([{ first: { call: "f" } }]), {
      env: { ...env, KNFLOW_FUNCTIONS: JSON.stringify({ f: f.address }) },
    });
    try {
      front.route("workflow-under-test", runtime.url);
      const started = await runtime.call({ a: 1 }, { path: "/runs" });
      const { id } = started.json as { id: string };
      await waitFor("the call", () => held.calls === 1 || undefined);
      await postgres.stop();
      await keeper.logged("that the store is away", (line) => /cannot be reached/.test(String(line.msg)));
      // Longer than a lease.
      await waitFor("two signs of life in vain", () => {
        const vain = runtime.log.filter((line) => /store cannot be reached/.test(String(line.msg)));
        return vain.length > 6 || undefined;
      });
      await postgres.resume();
      await waitFor("the run to be told again", async () => {
        const reply = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
        return reply.status === 200 || undefined;
      });
      held.release();
      const run = await waitFor("its end", async () => {
        const { json } = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
        return (json as Run).state === "running" ? undefined : (json as Run);
      });
      assert.deepEqual([run.state, run.executors, held.calls], ["completed", 1, 1]);
    } finally {
      await runtime.stop();
      await keeper.stop();
      await f.stop();
      await front.close();
      await postgres.remove();
    }
  });
});
