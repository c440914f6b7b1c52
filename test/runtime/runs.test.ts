import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Front } from "../../local/front.ts";
import { PostgresServer } from "./support/postgres.ts";
import { RuntimeProcess, type Reply, type RuntimeKind } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";
import {
  answers,
  echo,
  FakeFunction,
  keeperOf,
  layOutExecutor,
  putDefinition,
  type Behaviour,
} from "./workflow-support.ts";

interface Run {
  readonly id: string;
  readonly state: string;
  readonly executors: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly problem?: { readonly detail: string };
  readonly durationMs?: number;
  readonly tasks: readonly { task: string; attempt: number; durationMs?: number; error?: string; items?: number[] }[];
}

/** Holds calls until they are let go. */
class Held {
  #release: () => void = () => undefined;
  #released = new Promise<void>((resolve) => (this.#release = resolve));
  calls = 0;

  readonly behave: Behaviour = ({ body }, response) => {
    this.calls++;
    void this.#released.then(() => response.end(body));
  };

  release(): void {
    this.#release();
  }
}

const databases: Readonly<Record<string, () => Promise<{ url: string; remove(): Promise<void> }>>> = {
  PostgreSQL: () => PostgresServer.start(join(shared().folder, "postgres")),
  "an SQLite file": () => {
    const file = join(shared().folder, "runs.sqlite");
    return Promise.resolve({ url: pathToFileURL(file).href, remove: () => rm(file) });
  },
};

for (const [name, provide] of Object.entries(databases)) {
  describe(`runs that are written down in ${name}`, () => {
    let executor: RuntimeKind;
    let database: { url: string; remove(): Promise<void> };
    let front: Front;
    let keeper: RuntimeProcess;
    const started: { stop(): Promise<void> }[] = [];

    before(async function () {
      this.timeout(60_000);
      executor = await layOutExecutor();
      database = await provide();
      front = await Front.start(0);
      keeper = await RuntimeProcess.start(keeperOf(executor), "none", { env: environment() });
    });
    afterEach(async () => {
      for (const one of started.splice(0)) await one.stop();
    });
    after(async () => {
      await keeper?.stop();
      await front?.close();
      await database?.remove();
    });

    const environment = () => ({
      KNFLOW_STORE_URL: database.url,
      KNFLOW_WORKFLOW_ADDRESS: `${front.url}/{name}`,
      KNFLOW_RUN_LEASE_SECONDS: "1",
    });

    /** An executor behind the front, with functions that outlive it. */
    async function serve(
      definition: readonly object[],
      functions: Readonly<Record<string, FakeFunction>>,
      env: Record<string, string> = {},
    ): Promise<RuntimeProcess> {
      const addresses = Object.fromEntries(Object.entries(functions).map(([fn, { address }]) => [fn, address]));
      const runtime = await RuntimeProcess.start(executor, await putDefinition(definition), {
        env: { ...environment(), KNFLOW_FUNCTIONS: JSON.stringify(addresses), ...env },
      });
      started.push(runtime);
      front.route("workflow-under-test", runtime.url);
      return runtime;
    }

    async function fake(behave: Behaviour): Promise<FakeFunction> {
      const made = await FakeFunction.start(behave);
      started.push(made);
      return made;
    }

    const show = async (runtime: RuntimeProcess, id: string): Promise<Run> => {
      const reply = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
      assert.equal(reply.status, 200, reply.text);
      return reply.json as Run;
    };
    const ended = (runtime: RuntimeProcess, id: string): Promise<Run> =>
      waitFor(`the end of run ${id}`, async () => {
        const run = await show(runtime, id);
        return run.state === "running" ? undefined : run;
      });
    const idOf = (reply: Reply): string => {
      assert.equal(reply.status, 202, reply.text);
      const { id } = reply.json as { id: string };
      assert.equal(reply.headers.location, `/runs/${id}`);
      return id;
    };

    it("tells a run that was waited for, with its tasks", async () => {
      const runtime = await serve([{ first: { call: "f" } }, { second: { set: { b: 2 } } }], { f: await fake(echo) });
      const reply = await runtime.call({ a: 1 });
      assert.deepEqual(reply.json, { b: 2 });
      const run = await show(runtime, String(reply.headers["x-knflow-run-id"]));
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
      const broken = await fake(answers(500, { error: { type: "ValueError", message: "no" } }));
      const runtime = await serve([{ first: { call: "f" } }], { f: broken });
      const reply = await runtime.call({});
      const run = await show(runtime, String(reply.headers["x-knflow-run-id"]));
      assert.equal(run.state, "faulted");
      assert.deepEqual(run.problem, reply.json);
      assert.match(run.tasks[0]?.error ?? "", /ValueError: no/);
    });

    it("lists the last runs, the newest first", async () => {
      const runtime = await serve([{ first: { set: { b: 2 } } }], {});
      const ids: string[] = [];
      for (let count = 0; count < 3; count++) {
        const reply = await runtime.call({});
        ids.unshift(String(reply.headers["x-knflow-run-id"]));
        await show(runtime, ids[0] as string);
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
      const f = await fake(echo);
      const runtime = await serve([{ first: { call: "f" } }], { f });
      const id = idOf(await runtime.call({ a: 1 }, { path: "/runs" }));
      const run = await ended(runtime, id);
      assert.deepEqual([run.state, run.output], ["completed", { a: 1 }]);
      assert.equal(f.calls[0]?.headers["x-knflow-run-id"], id);
      const again = await runtime.call({ a: 1 }, { path: "/runs", headers: { "x-knflow-run-id": id } });
      assert.equal(again.status, 409, again.text);
    });

    it("keeps both runs of a caller that calls twice under one id", async () => {
      const runtime = await serve([{ first: { set: { b: "${ .a }" } } }], {});
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
      const runtime = await serve([{ first: { call: "f" } }, { second: { call: "f" } }], {
        f: await fake(held.behave),
      });
      const id = idOf(await runtime.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const reply = await runtime.call(undefined, { path: `/runs/${id}/cancel` });
      assert.equal(reply.status, 200, reply.text);
      const run = await show(runtime, id);
      assert.deepEqual([run.state, run.problem?.detail], ["cancelled", "the run was cancelled"]);
      held.release();
      await runtime.logged("the call's end", (line) => line.msg === "task failed" && line.runId === id);
      assert.equal(held.calls, 1);
      assert.equal((await runtime.call(undefined, { path: `/runs/${id}/cancel` })).status, 200);
    });

    for (const [kind, path] of [
      ["that nobody waits for", "/runs"],
      ["whose client waits", "/"],
    ] as const) {
      it(`takes up a run ${kind} where its executor was lost, at the first task without a result`, async function () {
        this.timeout(60_000);
        const held = new Held();
        const functions = { f: await fake(echo), g: await fake(held.behave) };
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
        const lost = await serve(tasks, functions);
        const id = `lost-${name.length}-${path.length}-${Date.now()}`;
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
        const next = await serve(tasks, functions);
        held.release();
        const run = await ended(next, id);
        assert.deepEqual([run.state, run.executors], ["completed", 2]);
        assert.deepEqual(run.output, [{ item: 1 }, { item: 2 }]);
        assert.equal(functions.f.calls.length, 3, "what had a result ran again");
        const keys = functions.g.calls.map((call) => call.headers["idempotency-key"]);
        assert.equal(keys.length, 2);
        assert.equal(keys[0], keys[1]);
        assert.equal(new Set(functions.f.calls.map((call) => call.headers["idempotency-key"])).size, 3);
      });
    }

    it("goes on with the definition that the run was started with", async function () {
      this.timeout(60_000);
      const held = new Held();
      const f = await fake(held.behave);
      const before = await serve([{ first: { call: "f" } }, { second: { set: { by: "the old" } } }], { f });
      const id = idOf(await before.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      before.signal("SIGKILL");
      const after = await serve([{ first: { call: "f" } }, { second: { set: { by: "the new" } } }], { f });
      held.release();
      assert.deepEqual((await ended(after, id)).output, { by: "the old" });
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
      const runtime = await serve(tasks, { slow: await fake(slow) }, env);
      const id = idOf(await runtime.call({ b: 2 }, { path: "/runs" }));
      const run = await ended(runtime, id);
      assert.deepEqual([run.state, run.output, run.executors, calls], ["completed", { b: 2 }, 1, 1]);
      assert.ok((run.durationMs ?? 0) >= 2400, `${run.durationMs} ms`);
    });

    it("a wait goes on where it was when its executor was lost", async function () {
      this.timeout(60_000);
      const tasks = [{ pause: { wait: { seconds: 5 } } }, { done: { set: { b: 2 } } }];
      const lost = await serve(tasks, {});
      const id = idOf(await lost.call({}, { path: "/runs" }));
      await waitFor("the wait to be written down", async () => (await show(lost, id)).tasks.length === 1 || undefined);
      lost.signal("SIGKILL");
      const run = await ended(await serve(tasks, {}), id);
      assert.deepEqual([run.state, run.executors], ["completed", 2]);
      assert.ok((run.durationMs ?? 0) >= 5000 && (run.durationMs ?? 0) < 9000, `${run.durationMs} ms`);
    });

    it("takes a run from an executor that hangs, which gives it up when it wakes", async function () {
      this.timeout(60_000);
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await fake(held.behave) };
      const hangs = await serve(tasks, functions);
      const id = idOf(await hangs.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      hangs.signal("SIGSTOP");
      const next = await serve(tasks, functions);
      await waitFor("the second call", () => held.calls === 2 || undefined);
      hangs.signal("SIGCONT");
      await hangs.logged("that it gives up", (line) => line.msg === "task failed" && line.runId === id);
      held.release();
      const run = await ended(next, id);
      assert.deepEqual([run.state, run.executors, held.calls], ["completed", 2, 2]);
    });

    it("hands its runs over when it is told to stop and they take too long", async function () {
      this.timeout(60_000);
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await fake(held.behave) };
      const stops = await serve(tasks, functions, { KNFLOW_TIMEOUT_SECONDS: "1" });
      const id = idOf(await stops.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const next = await serve(tasks, functions);
      stops.signal("SIGTERM");
      assert.equal(await stops.ended(), 0);
      held.release();
      const run = await ended(next, id);
      assert.deepEqual([run.state, run.executors], ["completed", 2]);
    });

    it("an error with a NUL character, and one that is nested too deeply, do not hold up a run's end", async () => {
      const broken = await fake(answers(500, { error: { type: "E", message: "a\u0000b" } }));
      const deep = { a: "${ . }" };
      const tasks = [
        {
          grow: { for: { in: "[range(200)]" }, do: [{ step: { set: deep } }] },
        },
        { first: { call: "f" } },
      ];
      const runtime = await serve(tasks, { f: broken });
      const id = idOf(await runtime.call({}, { path: "/runs" }));
      const run = await ended(runtime, id);
      assert.equal(run.state, "faulted");
      assert.match(run.tasks.at(-1)?.error ?? "", /a\uFFFDb/);
    });

    it("a run of another replica is told and cancelled as one's own", async () => {
      const held = new Held();
      const tasks = [{ first: { call: "f" } }];
      const functions = { f: await fake(held.behave) };
      const one = await serve(tasks, functions);
      const id = idOf(await one.call({}, { path: "/runs" }));
      await waitFor("the call", () => held.calls === 1 || undefined);
      const other = await serve(tasks, functions);
      assert.equal((await show(other, id)).state, "running");
      assert.equal((await other.call(undefined, { path: `/runs/${id}/cancel` })).status, 200);
      await one.logged("the call's end", (line) => line.msg === "task failed" && line.runId === id);
    });

    it("removes runs by their age", async () => {
      const runtime = await serve([{ first: { set: { b: 2 } } }], {});
      const reply = await runtime.call({});
      const id = String(reply.headers["x-knflow-run-id"]);
      await show(runtime, id);
      const env = { ...environment(), KNFLOW_RUN_RETENTION_DAYS: "0.0000001" };
      started.push(await RuntimeProcess.start(keeperOf(executor), "none", { env }));
      await waitFor("the run to be gone", async () => {
        const shown = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
        return shown.status === 404 || undefined;
      });
    });
  });
}

describe("a run store that goes away and comes back", () => {
  it("leaves runs to the executors that have them, and learns how they ended", async function () {
    this.timeout(60_000);
    const executor = await layOutExecutor();
    const postgres = await PostgresServer.start(join(shared().folder, "away"));
    const front = await Front.start(0);
    const env = {
      KNFLOW_STORE_URL: postgres.url,
      KNFLOW_WORKFLOW_ADDRESS: `${front.url}/{name}`,
      KNFLOW_RUN_LEASE_SECONDS: "1",
    };
    const held = new Held();
    const f = await FakeFunction.start(held.behave);
    const keeper = await RuntimeProcess.start(keeperOf(executor), "none", { env });
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

describe("an executor whose run store is not there", () => {
  let executor: RuntimeKind;

  before(async () => {
    executor = await layOutExecutor();
  });

  const executing = async (env: Record<string, string>, work: (runtime: RuntimeProcess) => Promise<void>) => {
    const object = await putDefinition([{ first: { set: { b: 2 } } }]);
    const runtime = await RuntimeProcess.start(executor, object, { env });
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
    const runtime = await RuntimeProcess.launch(executor, object, { env });
    assert.equal(await runtime.ended(), 1);
    const message = await runtime.terminationMessage();
    assert.match(message, /KNFLOW_STORE_URL must be postgres:/);
    assert.doesNotMatch(message + runtime.output, /secret/);
    await runtime.stop();
  });
});
