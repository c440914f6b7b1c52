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
        for (const column of ["revision", "idle_since", "idle_executors"])
          await database.query(`alter table runs drop column ${column}`);
        await database.query("delete from schema_versions where version > 1");
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

      it("leaves runs alone that waited before it, or that such an executor hands over, until nobody had them for long", async () => {
        const store = await RunStore.open(await openDatabase(made.url), lease);
        const age = 1000 * 60 * 60;
        const claims = async () => (await store.claim(9, 0, true)).map(({ id }) => id);
        await database.query(`update runs set owner = null, lease = 0, started = started - ${9 * age}`);
        assert.equal(await store.prune(age, true), 0);
        assert.deepEqual(await claims(), ["old"]);
        await database.query(`update runs set idle_since = idle_since - ${2 * age}`);
        await store.take("w", "old", "another");
        await database.query("update runs set lease = {now}, owner = null where owner = 'another'");
        assert.equal(await store.prune(age, true), 0);
        assert.deepEqual(await claims(), ["old"]);
        assert.equal(await store.prune(age, true), 0);
        await database.query(`update runs set idle_since = idle_since - ${2 * age}`);
        assert.deepEqual(await claims(), ["old"]);
        assert.equal(await store.prune(age, true), 1);
        await store.close();
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
