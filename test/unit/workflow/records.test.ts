import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { FailedAttempt, TaskRecord, TaskRecords } from "../../../runtimes/workflow/src/executor/environment.ts";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { delaysDuring } from "../../timers.ts";
import { problemOf, run, type Functions } from "./support.ts";

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

  describe("between the attempts of a retry", () => {
    const hour = 60 * 60 * 1000;
    const retrying = (retry: object) => [{ a: { try: [{ ask: { call: "fails" } }], catch: { retry } } }];

    /** What the executor leaves that was lost in the pause after the last of some attempts, each with how long ago it failed. */
    function left(...attempts: readonly { begun?: number; failed?: number; chance?: number }[]): Kept {
      const records = new Kept();
      for (const [index, { begun, failed, ...attempt }] of attempts.entries()) {
        const { problem } = fault("runtime", "no", "/do/0/a/try/0/ask");
        const moments = Object.entries({ begun, failed }).filter(([, ago]) => ago !== undefined);
        const told = Object.fromEntries(moments.map(([name, ago]) => [name, Date.now() - Number(ago)]));
        records.all.set(`/do/0/a~a${index}`, JSON.stringify({ problem, ...told, ...attempt }));
      }
      return records;
    }

    it("writes down when an attempt failed, when the first one began, and by chance how much jitter follows", async () => {
      const records = new Kept();
      const retry = { limit: { attempt: { count: 3 } } };
      const before = Date.now();
      await problemOf(run(retrying(retry), {}, { functions: counting().functions, records }));
      const kept = [0, 1, 2, 3].map((n) => JSON.parse(records.all.get(`/do/0/a~a${n}`) ?? "") as FailedAttempt);
      assert.equal(new Set(kept.map(({ begun }) => begun)).size, 1);
      assert.equal(new Set(kept.map(({ chance }) => chance)).size, 4);
      for (const { begun, failed, chance } of kept) {
        assert.ok(before <= begun && begun <= failed && failed <= Date.now());
        assert.ok(chance >= 0 && chance < 1);
      }
    });

    it("waits for what is left of the last pause alone", async () => {
      const policy = {
        delay: { hours: 1 },
        jitter: { from: { hours: 1 }, to: { hours: 3 } },
        limit: { attempt: { count: 2 } },
      };
      const due = Date.now() + 200;
      const { calls, functions } = counting();
      const records = left(
        { begun: 5 * hour, failed: 4.5 * hour, chance: 0.5 },
        { begun: 5 * hour, failed: 2 * hour - 200, chance: 0 },
      );
      let called = 0;
      const fails: Functions[string] = (input, call) => {
        called = Date.now();
        return functions.fails?.(input, call);
      };
      const delays = await delaysDuring(() => problemOf(run(retrying(policy), {}, { functions: { fails }, records })));
      assert.ok(
        delays.every((delay) => delay <= 200),
        delays.join(),
      );
      assert.ok(called >= due - 2, `${called - due} ms`);
      assert.equal(calls.length, 1);
    });

    it("counts the time of all attempts from the first one", async () => {
      const policy = { delay: { hours: 1 }, limit: { duration: { hours: 3 } } };
      const { calls, functions } = counting();
      const records = left(
        { begun: 9 * hour, failed: 8 * hour, chance: 0 },
        { begun: 9 * hour, failed: 6.5 * hour, chance: 0 },
      );
      await problemOf(run(retrying(policy), {}, { functions, records }));
      assert.equal(calls.length, 0);
    });

    it("begins pause and time anew where an older executor wrote down the attempt", async () => {
      const policy = { delay: { milliseconds: 50 }, limit: { attempt: { count: 1 }, duration: { seconds: 60 } } };
      const { calls, functions } = counting();
      const delays = await delaysDuring(() => problemOf(run(retrying(policy), {}, { functions, records: left({}) })));
      assert.ok(
        delays.some((delay) => delay > 40),
        delays.join(),
      );
      assert.equal(calls.length, 1);
    });
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
