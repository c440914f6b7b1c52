import assert from "node:assert/strict";
import { openDatabase, type Database } from "../../runtimes/workflow/src/store/database.ts";
import { RunStore } from "../../runtimes/workflow/src/store/runs.ts";
import { databases, idOf, type Run } from "./runs-support.ts";
import { executorKind, keeperKind } from "./support/executor.ts";
import { startFront } from "./support/front.ts";
import { RuntimeProcess } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";
import { putDefinition } from "./workflow-support.ts";

const day = 24 * 60 * 60 * 1000;
const newRun = { workflow: "w", id: "a", archive: "x", revision: null, trace: "{}", input: "1" };

for (const [name, provide] of Object.entries(databases)) {
  describe(`a run store in ${name}`, () => {
    let made: Awaited<ReturnType<typeof provide>>;
    let database: Database;
    let store: RunStore;

    before(async () => {
      made = await provide();
      database = await openDatabase(made.url);
      store = await RunStore.open(database, 10_000);
    });
    afterEach(() => database.query("delete from runs"));
    after(async () => {
      await store.close();
      await made.remove();
    });

    const ids = (runs: readonly { readonly id: string }[]) => runs.map(({ id }) => id);
    /** As if so much time had gone by. */
    const later = (milliseconds: number) =>
      database.query(
        `update runs set started = started - $1, lease = lease - $1, idle_since = idle_since - $1, ended = ended - $1`,
        [milliseconds],
      );

    it("keeps a run that is handed over, however long ago it was started", async () => {
      await store.begin(newRun, "one");
      await later(10 * day);
      await store.release("one");
      assert.equal(await store.prune(7 * day, true), 0);
      assert.deepEqual(ids(await store.claim(9, 0, true)), ["a"]);
      assert.equal(await store.prune(7 * day, true), 0);
      assert.equal((await store.take("w", "a", "two"))?.executors, 2);
    });

    it("removes a run that nobody has had for as long as runs are kept, and a run that ended then", async () => {
      await store.begin(newRun);
      await store.begin({ ...newRun, id: "b" }, "one");
      await store.finish("one", "completed", "1");
      await store.claim(9, 0, true);
      await later(6 * day);
      await store.claim(9, 0, true);
      assert.equal(await store.prune(7 * day, true), 0);
      await later(2 * day);
      assert.equal(await store.prune(7 * day, true), 2);
    });

    it("takes a task that runs for longer than 24.8 days, with what is written beside it", async () => {
      await store.begin(newRun, "one");
      const task = (key: string, position: number, duration: number) => ({
        ...{ key, position, started: 1, duration, error: null, record: null },
      });
      await store.saveTasks("w", "a", "one", [task("/do/0/long", 0, 30 * day), task("/do/1/short", 1, 5)]);
      const written = await store.tasks("w", "a");
      assert.deepEqual(
        written.map(({ duration }) => duration),
        [2 ** 31 - 1, 5],
      );
    });
  });
}

describe("a run keeper that was away", () => {
  it("brings a run to an executor that waited for longer than runs are kept", async function () {
    this.timeout(60_000);
    const made = await (databases["an SQLite file"] as () => Promise<{ url: string; remove(): Promise<void> }>)();
    const front = await startFront();
    const env = { KNFLOW_STORE_URL: made.url, KNFLOW_WORKFLOW_ADDRESS: `${front.url}/{name}` };
    const object = await putDefinition([{ first: { set: { b: 2 } } }]);
    const runtime = await RuntimeProcess.start(executorKind, object, { env });
    front.route("workflow-under-test", runtime.url);
    const id = idOf(await runtime.call({}, { path: "/runs" }));
    const database = await openDatabase(made.url);
    await database.query("update runs set idle_executors = executors, idle_since = {now} - $1, lease = 0", [8 * day]);
    await database.close();
    const keeper = await RuntimeProcess.start(keeperKind, "none", { env });
    try {
      const run = await waitFor("its end", async () => {
        const { json } = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
        return (json as Run).state === "running" ? undefined : (json as Run);
      });
      assert.deepEqual(run.output, { b: 2 });
    } finally {
      await keeper.stop();
      await runtime.stop();
      await front.close();
      await made.remove();
    }
  });
});
