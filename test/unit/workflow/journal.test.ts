import assert from "node:assert/strict";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { nothingLeft, TaskJournal } from "../../../runtimes/workflow/src/store/journal.ts";
import type { PlacedTask, RunStore } from "../../../runtimes/workflow/src/store/runs.ts";

describe("what a run writes down of its tasks", () => {
  let batches: PlacedTask[][];
  let journal: TaskJournal;
  beforeEach(() => {
    batches = [];
    const saveTasks = (_workflow: string, _run: string, _owner: string, tasks: readonly PlacedTask[]) => {
      batches.push([...tasks]);
      return Promise.resolve();
    };
    const store = { saveTasks } as unknown as RunStore;
    const target = () => Promise.resolve({ store, workflow: "w", id: "1", owner: "me" });
    journal = new TaskJournal(target, nothingLeft, assert.fail);
  });

  it("has an error's beginning, whatever a callee says", async () => {
    journal.started("/do/0/a");
    journal.ended("/do/0/a", 1, new Error("x".repeat(1024 * 1024)));
    assert.ok(await journal.flush({ records: true }));
    const error = batches[0]?.[0]?.error ?? "";
    assert.equal(error, `${"x".repeat(4095)}…`);
    assert.equal(fault("runtime", "y".repeat(1024 * 1024), "/do/0/a").problem.detail, `${"y".repeat(4095)}…`);
    assert.equal(fault("runtime", `${"y".repeat(4094)}😀z`, "/do/0/a").problem.detail?.at(-2), "\uFFFD");
  });

  it("is asked for by no statement twice, and keeps its order, over rounds of a long loop", async () => {
    const keys = [];
    for (let round = 0; round < 3; round++) {
      for (let turn = 0; turn < 3; turn++) {
        const key = `/do/0/loop~i${round * 3 + turn}/do/0/a`;
        keys.push(key);
        journal.started(key);
        await journal.keep(`${key}~a0`, { problem: fault("runtime", "no", key).problem });
        await journal.keep(key, { output: turn, next: "continue" });
        journal.ended(key, 1, undefined);
      }
      assert.ok(await journal.flush({ records: true }));
    }
    const rows = batches.flat();
    assert.deepEqual(
      rows.map(({ position }) => position),
      rows.map((_, index) => index),
    );
    assert.deepEqual(
      rows.filter(({ duration }) => duration !== null).map(({ key }) => key),
      keys,
    );
  });

  it("of a task under way: its start stays where its end is written later", async () => {
    journal.started("/do/0/a");
    assert.ok(await journal.flush({ records: true }));
    await journal.keep("/do/0/a", { output: 1, next: "continue" });
    journal.ended("/do/0/a", 7, undefined);
    assert.ok(await journal.flush({ records: true }));
    const [first, last] = batches.map(([row]) => row);
    assert.deepEqual([last?.started, last?.position, last?.duration], [first?.started, first?.position, 7]);
  });
});
