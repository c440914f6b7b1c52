import assert from "node:assert/strict";
import { databases, Held, idOf, RunBench, type Run } from "./runs-support.ts";
import { RuntimeProcess } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";
import { executorKind, keeperKind } from "./support/executor.ts";
import { answers, echo, putDefinition } from "./workflow-support.ts";

for (const [database, provide] of Object.entries(databases)) {
  describe(`runs that are written down in ${database}`, () => {
    let bench: RunBench;

    before(async function () {
      this.timeout(60_000);
      bench = await RunBench.start(provide);
    });
    afterEach(() => bench.clear());
    after(() => bench?.stop());

    it("tells a run that was waited for, with its tasks", async () => {
      const runtime = await bench.serve([{ first: { call: "f" } }, { second: { set: { b: 2 } } }], {
        f: await bench.fake(echo),
      });
      const reply = await runtime.call({ a: 1 });
      assert.deepEqual(reply.json, { b: 2 });
      const run = await bench.show(runtime, String(reply.headers["x-knflow-run-id"]));
      assert.equal(run.state, "completed");
      assert.deepEqual([run.input, run.output, run.executors], [{ a: 1 }, { b: 2 }, 1]);
      assert.deepEqual(
        run.tasks.map(({ task, attempt }) => [task, attempt]),
        [
          ["/do/0/first", 1],
          ["/do/1/second", 1],
        ],
      );
      assert.ok(run.tasks.every(({ durationMs }) => typeof durationMs === "number"));
    });

    it("tells a run that faulted, and the task's error", async () => {
      const broken = await bench.fake(answers(500, { error: { type: "ValueError", message: "no" } }));
      const runtime = await bench.serve([{ first: { call: "f" } }], { f: broken });
      const reply = await runtime.call({});
      const run = await bench.show(runtime, String(reply.headers["x-knflow-run-id"]));
      assert.equal(run.state, "faulted");
      assert.deepEqual(run.problem, reply.json);
      assert.match(run.tasks[0]?.error ?? "", /ValueError: no/);
    });

    it("lists the last runs, the newest first", async () => {
      const runtime = await bench.serve([{ first: { set: { b: 2 } } }], {});
      const ids: string[] = [];
      for (let count = 0; count < 3; count++) {
        const reply = await runtime.call({});
        ids.unshift(String(reply.headers["x-knflow-run-id"]));
        await bench.show(runtime, ids[0] as string);
      }
      const list = await runtime.call(undefined, { method: "GET", path: "/runs?limit=3" });
      assert.deepEqual(
        (list.json as { runs: Run[] }).runs.map(({ id }) => id),
        ids,
      );
      assert.equal((await runtime.call(undefined, { method: "GET", path: "/runs?limit=0" })).status, 400);
      assert.equal((await runtime.call(undefined, { method: "GET", path: "/runs/no-such-run" })).status, 404);
    });

    it("runs what nobody waits for", async () => {
      const f = await bench.fake(echo);
      const runtime = await bench.serve([{ first: { call: "f" } }], { f });
      const id = idOf(await runtime.call({ a: 1 }, { path: "/runs" }));
      const run = await bench.ended(runtime, id);
      assert.deepEqual([run.state, run.output], ["completed", { a: 1 }]);
      assert.equal(f.calls[0]?.headers["x-knflow-run-id"], id);
      const again = await runtime.call({ a: 1 }, { path: "/runs", headers: { "x-knflow-run-id": id } });
      assert.equal(again.status, 409, again.text);
    });

    it("keeps both runs of a caller that calls twice under one id", async () => {
      const runtime = await bench.serve([{ first: { set: { b: "${ .a }" } } }], {});
      const headers = { "x-knflow-run-id": `twice-${Date.now()}` };
      for (const a of [1, 2]) assert.deepEqual((await runtime.call({ a }, { headers })).json, { b: a });
      const listed = await waitFor("both runs", async () => {
        const { json } = await runtime.call(undefined, { method: "GET", path: "/runs" });
        const own = (json as { runs: Run[] }).runs.filter(({ id }) => id.startsWith(headers["x-knflow-run-id"]));
        return own.length === 2 && own.every(({ state }) => state === "completed") ? own : undefined;
      });
      assert.equal(new Set(listed.map(({ id }) => id)).size, 2);
    });

    it("cancels a run, and ends the call it is at", async () => {
      const held = new Held();
      const runtime = await bench.serve([{ first: { call: "f" } }, { second: { call: "f" } }], {
        f: await bench.fake(held.behave),
      });
      const id = idOf(await runtime.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const reply = await runtime.call(undefined, { path: `/runs/${id}/cancel` });
      assert.equal(reply.status, 200, reply.text);
      const run = await bench.show(runtime, id);
      assert.deepEqual([run.state, run.problem?.detail], ["cancelled", "the run was cancelled"]);
      held.release();
      await runtime.logged("the call's end", (line) => line.msg === "task given up" && line.runId === id);
      assert.equal(held.calls, 1);
      const error = await waitFor("the task's error", async () => (await bench.show(runtime, id)).tasks[0]?.error);
      assert.equal(error, "Given Up at /do/0/first: the run was cancelled");
      assert.equal((await runtime.call(undefined, { path: `/runs/${id}/cancel` })).status, 200);
    });

    it("a run of another replica is told and cancelled as one's own", async () => {
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const one = await bench.serve(tasks, functions);
      const id = idOf(await one.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const other = await bench.serve(tasks, functions);
      assert.equal((await bench.show(other, id)).state, "running");
      assert.equal((await other.call(undefined, { path: `/runs/${id}/cancel` })).status, 200);
      await one.logged("the call's end", (line) => line.msg === "task given up" && line.runId === id);
    });

    it("tells the client that waits for a run which another replica cancels", async () => {
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await bench.fake(held.behave) };
      const one = await bench.serve(tasks, functions);
      const id = `waited-for-${Date.now()}`;
      const waiting = one.call({}, { headers: { "x-knflow-run-id": id } });
      await waitFor("the call", () => held.calls === 1 || undefined);
      const other = await bench.serve(tasks, functions);
      assert.equal((await other.call(undefined, { path: `/runs/${id}/cancel` })).status, 200);
      const reply = await waiting;
      const { detail } = reply.json as { detail: string };
      assert.deepEqual([reply.status, detail], [500, "the run was cancelled"]);
      assert.equal((await bench.show(other, id)).state, "cancelled");
    });

    it("removes runs by their age", async () => {
      const runtime = await bench.serve([{ first: { set: { b: 2 } } }], {});
      const reply = await runtime.call({});
      const id = String(reply.headers["x-knflow-run-id"]);
      await bench.show(runtime, id);
      const env = { ...bench.environment(), KNFLOW_RUN_RETENTION_DAYS: "0.0000001" };
      bench.keep(await RuntimeProcess.start(keeperKind, "none", { env }));
      await waitFor("the run to be gone", async () => {
        const shown = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
        return shown.status === 404 || undefined;
      });
    });
  });
}

describe("an executor whose run store is not there", () => {
  const executing = async (env: Record<string, string>, work: (runtime: RuntimeProcess) => Promise<void>) => {
    const object = await putDefinition([{ first: { set: { b: 2 } } }]);
    const runtime = await RuntimeProcess.start(executorKind, object, { env });
    await work(runtime).finally(() => runtime.stop());
  };

  it("says so where it has none, and runs what is waited for", async () => {
    await executing({}, async (runtime) => {
      assert.deepEqual((await runtime.call({})).json, { b: 2 });
      const reply = await runtime.call({}, { path: "/runs" });
      assert.equal(reply.status, 501);
      assert.match(reply.text, /knflow:runStore is none/);
    });
  });

  it("runs what is waited for while the store cannot be reached, and starts nothing else", async () => {
    await executing({ KNFLOW_STORE_URL: "postgres://nobody@127.0.0.1:1/none" }, async (runtime) => {
      assert.deepEqual((await runtime.call({})).json, { b: 2 });
      const reply = await runtime.call({}, { path: "/runs" });
      assert.equal(reply.status, 503, reply.text);
      await runtime.logged("the reason", (line) => /run store/.test(String(line.msg)));
    });
  });

  it("refuses an address that is none, and does not tell it", async () => {
    const object = await putDefinition([{ first: { set: { b: 2 } } }]);
    const env = { KNFLOW_STORE_URL: "mysql://user:secret@host/db" };
    const runtime = await RuntimeProcess.launch(executorKind, object, { env });
    assert.equal(await runtime.ended(), 1);
    const message = await runtime.terminationMessage();
    assert.match(message, /KNFLOW_STORE_URL must be postgres:/);
    assert.doesNotMatch(message + runtime.output, /secret/);
    await runtime.stop();
  });
});
