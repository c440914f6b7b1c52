import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { externalStoreSecret } from "../../../manifests/run-store.ts";
import { openDatabase } from "../../../runtimes/workflow/src/store/database.ts";
import { readLeft } from "../../../runtimes/workflow/src/store/journal.ts";
import { KeeperToken } from "../../../runtimes/workflow/src/store/keeper-token.ts";
import { RunStore } from "../../../runtimes/workflow/src/store/runs.ts";

describe("the run store", () => {
  let folder: string;
  let store: RunStore;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "knflow-store-"));
    store = await RunStore.open(await openDatabase(pathToFileURL(join(folder, "runs.sqlite")).href), 10_000);
    await store.begin({ workflow: "w", id: "a", archive: "x", revision: null, trace: "{}", input: "1" }, "me");
    const tasks = Array.from({ length: 20 }, (_, position) => {
      const record = position === 3 ? null : JSON.stringify({ output: position, next: "continue", exported: position });
      return { key: `/do/${position}`, position, started: 1, duration: 1, error: null, record };
    });
    await store.saveTasks("w", "a", "me", tasks);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it("gives tasks without their records, which may be more than a process can hold", async () => {
    const { tasks, recorded, exports } = await readLeft(store, "w", "a");
    assert.ok(tasks.every((task) => !("record" in task)));
    assert.deepEqual([tasks.length, recorded.size, recorded.has("/do/3"), exports], [20, 19, false, 19]);
    assert.deepEqual(JSON.parse((await store.record("w", "a", "/do/7")) ?? ""), {
      ...{ output: 7, next: "continue", exported: 7 },
    });
    assert.equal(await store.record("w", "a", "/do/3"), undefined);
  });

  it("gives the tasks that were started last, in their order", async () => {
    const tasks = await store.lastTasks("w", "a", 2);
    assert.deepEqual(
      tasks.map(({ key }) => key),
      ["/do/18", "/do/19"],
    );
  });

  it("is in a schema of the stack's own where stacks share a database, unless the address names one", () => {
    const url = (given: string) => externalStoreSecret("knflow-dev", given).stringData.url;
    assert.equal(
      url("postgres://me:x@db/runs?sslmode=require"),
      "postgres://me:x@db/runs?sslmode=require&schema=knflow-dev",
    );
    assert.equal(url("postgres://me:x@db/runs?schema=public"), "postgres://me:x@db/runs?schema=public");
  });

  it("is what the run keeper proves itself by", () => {
    const token = new KeeperToken("postgres://me:x@db/runs");
    assert.equal(token.admits(new KeeperToken("postgres://me:x@db/runs").value), true);
    for (const other of ["", "é", new KeeperToken("postgres://me:y@db/runs").value])
      assert.equal(token.admits(other), false);
  });
});
