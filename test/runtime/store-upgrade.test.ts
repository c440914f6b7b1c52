import assert from "node:assert/strict";
import pg from "pg";
import { openDatabase, type Database } from "../../runtimes/workflow/src/store/database.ts";
import { RunStore } from "../../runtimes/workflow/src/store/runs.ts";
import { databases } from "./runs-support.ts";

const lease = 10_000;
const newRun = { workflow: "w", id: "new", archive: "x", revision: "w-00002", trace: "{}", input: "1" };

describe("a run store of the version before", () => {
  for (const [name, provide] of Object.entries(databases)) {
    describe(`in ${name}`, () => {
      let made: Awaited<ReturnType<typeof provide>>;
      let database: Database;

      beforeEach(async () => {
        made = await provide();
        database = await openDatabase(made.url);
        await RunStore.open(database, lease);
        await database.query("alter table runs drop column revision");
        await database.query("delete from schema_versions where version = 2");
        await beginAsBefore("old");
      });
      afterEach(async () => {
        await database.close();
        await made.remove();
      });

      /** As an executor of that version does. */
      const beginAsBefore = (id: string) =>
        database.query(
          `insert into runs (workflow, id, state, archive, trace, input, started, executors, owner, lease)
           values ('w', $1, 'running', 'x', '{}', '1', {now}, 1, 'me', {now} + ${lease})`,
          [id],
        );

      it("is brought to this one by executors that start together, and goes on with what it has", async () => {
        const stores = await Promise.all(
          Array.from({ length: 3 }, async () => RunStore.open(await openDatabase(made.url), lease)),
        );
        const [store] = stores;
        assert.ok(store);
        assert.equal((await store.find("w", "old"))?.owner, "me");
        assert.equal(await store.lastRevision("w"), null);
        await store.begin(newRun);
        assert.equal(await store.lastRevision("w"), "w-00002");
        await beginAsBefore("late");
        assert.equal((await store.find("w", "late"))?.revision, null);
        await Promise.all(stores.map((one) => one.close()));
      });

      if (name === "PostgreSQL") {
        it("stays as it is while a backup reads it, and nobody else waits long for that", async () => {
          const backup = new pg.Client(made.url);
          await backup.connect();
          await backup.query("begin");
          await backup.query("select * from runs");
          const upgrading = await openDatabase(made.url);
          await Promise.all([
            assert.rejects(RunStore.open(upgrading, lease), /lock timeout/),
            (async () => {
              const before = performance.now();
              await beginAsBefore("meanwhile");
              assert.ok(performance.now() - before < 5000);
            })(),
          ]);
          await backup.end();
          const store = await RunStore.open(upgrading, lease);
          assert.equal((await store.find("w", "meanwhile"))?.revision, null);
          await store.close();
        });
      }
    });
  }
});
