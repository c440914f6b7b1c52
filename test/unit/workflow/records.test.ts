import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { TaskRecord, TaskRecords } from "../../../runtimes/workflow/src/executor/environment.ts";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { run, type Functions } from "./support.ts";

/** Records as a store has them: JSON by key. */
class Kept implements TaskRecords {
  readonly all = new Map<string, string>();

  get exports(): number {
    const records = [...this.all.values()].map((text) => JSON.parse(text) as { exported?: number });
    return Math.max(0, ...records.map(({ exported = 0 }) => exported));
  }

  find(key: string): Promise<TaskRecord | undefined> {
    const text = this.all.get(key);
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as TaskRecord));
  }

  keep(key: string, record: TaskRecord): Promise<void> {
    this.all.set(key, JSON.stringify(record));
    return Promise.resolve();
  }
}

describe("a run that is taken up again", () => {
  const tasks = [
    { first: { call: "count", export: { as: "{ first: . }" } } },
    { map: { for: { in: "[1, 2]" }, metadata: { knflow: { map: {} } }, do: [{ item: { call: "count" } }] } },
    { loop: { for: { in: "[1, 2]" }, do: [{ item: { call: "count" } }] } },
    { both: { fork: { branches: [{ left: { call: "count" } }, { right: { call: "count" } }] } } },
    {
      guarded: {
        try: [
          { tells: { set: { x: 1 }, export: { as: "$context + { tried: ($context.tried + 1) }" } } },
          { flaky: { call: "fails" } },
        ],
        catch: { retry: { limit: { attempt: { count: 1 } } }, do: [{ caught: { call: "count" } }] },
      },
    },
    {
      again: {
        if: "$context.visits != 2",
        call: "count",
        export: { as: "$context + { visits: (($context.visits // 0) + 1) }" },
      },
    },
    { back: { switch: [{ few: { when: "$context.visits < 2", then: "again" } }] } },
    { nested: { do: [{ inner: { set: { x: 1 }, export: { as: "$context + { nested: true }" } } }] } },
    { last: { set: { context: "${ $context }" } } },
  ];

  function counting() {
    const calls: string[] = [];
    const functions: Functions = {
      count: (_input, { instance }) => calls.push(instance),
      fails: (_input, { instance }) => {
        calls.push(instance);
        throw fault("runtime", "no", instance);
      },
    };
    return { calls, functions };
  }

  it("goes on behind what was done, with the same result, wherever it broke off", async () => {
    const records = new Kept();
    const whole = counting();
    const output = await run(tasks, {}, { functions: whole.functions, records });
    const context = { first: 1, tried: 2, visits: 2, nested: true };
    assert.deepEqual(output, { context });
    const keys = [...records.all.keys()];
    assert.ok(
      ["/do/1/map~i1/do/0/item", "/do/4/guarded~a0", "/do/4/guarded~a1", "/do/5/again~v1"].every((key) =>
        keys.includes(key),
      ),
    );
    for (let kept = 0; kept <= keys.length; kept++) {
      const partial = new Kept();
      for (const key of keys.slice(0, kept)) partial.all.set(key, records.all.get(key) as string);
      const rest = counting();
      const again = await run(tasks, {}, { functions: rest.functions, records: partial });
      assert.deepEqual({ ...(again as { context: object }).context, first: 1 }, context, `after ${kept} records`);
      assert.ok(rest.calls.length <= whole.calls.length);
      assert.deepEqual([...partial.all.keys()].toSorted(), keys.toSorted());
    }
  });

  describe("where branches exported at the same time", () => {
    const ends = new EventEmitter();
    const branch = (name: string) => ({ [name]: { call: "turn", with: { name }, export: { as: "${ . }" } } });
    const branches = [branch("late"), branch("soon")];
    const forked = [{ both: { fork: { branches } } }, { last: { set: { context: "${ $context }" } } }];
    const [late, soon] = ["/do/0/both/fork/branches/0/late", "/do/0/both/fork/branches/1/soon"];
    /** The second branch ends first. */
    const turn = async ({ name }: { name: string }) => {
      if (name === "late") await once(ends, "soon");
      else setTimeout(() => ends.emit("soon"), 20);
      return name;
    };

    /** What the executor leaves that was lost in the last task. */
    async function left(): Promise<Kept> {
      const records = new Kept();
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "late" });
      records.all.delete("/do/1/last");
      return records;
    }

    it("has the context that was exported last, not that of the last branch", async () => {
      const records = await left();
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "late" });
      records.all.delete("/do/0/both");
      records.all.delete("/do/1/last");
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "late" });
    });

    it("takes what a branch exports that runs again for later than what was found", async () => {
      const records = await left();
      for (const key of ["/do/0/both", "/do/1/last", soon]) records.all.delete(key);
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "soon" });
    });

    it("goes on with records that do not tell the order, which come before those that do", async () => {
      const records = await left();
      for (const key of ["/do/0/both", "/do/1/last"]) records.all.delete(key);
      const old = (key: string) => {
        const { exported, ...record } = JSON.parse(records.all.get(key) as string) as Record<string, unknown>;
        assert.ok(Number(exported) > 0);
        records.all.set(key, JSON.stringify(record));
      };
      old(soon);
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "late" });
      for (const key of ["/do/0/both", "/do/1/last"]) records.all.delete(key);
      old(late);
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "soon" });
      records.all.delete("/do/1/last");
      assert.deepEqual(await run(forked, {}, { functions: { turn }, records }), { context: "soon" }, "a third time");
    });
  });
});
