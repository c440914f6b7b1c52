import assert from "node:assert/strict";
import { duration, stepTime } from "../../../runtimes/workflow/src/page/browser/format.js";
import { faultyTask, stepsOf } from "../../../runtimes/workflow/src/page/browser/steps.js";
import type { RunState, RunTask } from "../../../runtimes/workflow/src/page/browser/types.d.ts";

const task = (name: string, more: Partial<RunTask> = {}): RunTask => ({
  task: name,
  attempt: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  ...more,
});
const states = (tasks: readonly RunTask[], state: RunState) =>
  Object.fromEntries([...stepsOf(["/a", "/b"], tasks, state)].map(([pointer, step]) => [pointer, step.state]));

describe("the steps of a run on its workflow's page", () => {
  it("are idle before, running while they do, and done", () => {
    assert.deepEqual(states([], "running"), { "/a": "idle", "/b": "idle" });
    assert.deepEqual(states([task("/a", { durationMs: 1 }), task("/b")], "running"), { "/a": "done", "/b": "running" });
  });

  it("are skipped where the run ended without them", () => {
    assert.deepEqual(states([task("/a", { durationMs: 1 })], "completed"), { "/a": "done", "/b": "skipped" });
    const givenUp = { durationMs: 1, error: "Given Up at /b: another branch was first" };
    assert.deepEqual(states([task("/a"), task("/b", givenUp)], "cancelled"), { "/a": "skipped", "/b": "skipped" });
  });

  it("failed where the last attempt did", () => {
    const failed = task("/a", { durationMs: 2, error: "no" });
    assert.equal(states([failed], "faulted")["/a"], "failed");
    const [step] = stepsOf(["/a"], [failed, task("/a", { attempt: 2, durationMs: 1 })], "completed").values();
    assert.deepEqual([step?.state, step?.attempt, step?.error, step?.longest], ["done", 2, "no", 2]);
  });

  it("run while one turn of a loop does, and tell how many have ended", () => {
    const turns = [task("/a", { items: [0], durationMs: 5 }), task("/a", { items: [1] })];
    const [step] = stepsOf(["/a"], turns, "running").values();
    assert.equal(step?.state, "running");
    assert.equal(step && stepTime(step), "1 of 2");
    const [ended] = stepsOf(["/a"], [turns[0]!, { ...turns[1]!, durationMs: 7 }], "completed").values();
    assert.equal(ended && stepTime(ended), "2 × ≤ 7 ms");
  });

  it("include those of another version of the definition", () => {
    assert.equal(states([task("/gone", { durationMs: 1 })], "completed")["/gone"], "done");
  });

  it("name the one at which the run faulted", () => {
    const problem = (instance: string) => ({ type: "t", status: 500, instance });
    assert.equal(faultyTask(["/do/0/a", "/do/0/a/try/0/b"], problem("/do/0/a/try/0/b")), "/do/0/a/try/0/b");
    assert.equal(faultyTask(["/do/0/a"], problem("/do/0/a/with")), "/do/0/a");
    assert.equal(faultyTask(["/do/0/a"], problem("/do/0/ab")), undefined);
    assert.equal(faultyTask(["/do/0/a"], undefined), undefined);
  });
});

describe("a duration", () => {
  it("is told in the unit that it needs", () => {
    assert.deepEqual([3, 999, 1234, 65_000, 3_723_000].map(duration), [
      "3 ms",
      "999 ms",
      "1.23 s",
      "1 min 5 s",
      "1 h 2 min",
    ]);
  });
});
