import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { problemOf, run, type Functions } from "./support.ts";

/** Functions that wait as long as they are told, and what became of each call. */
function slowly() {
  const calls: string[] = [];
  const functions: Functions = {
    slow: async ({ name, for: time, fails }: { name: string; for: number; fails?: boolean }, call) => {
      try {
        await sleep(time, undefined, { signal: call.signal });
      } catch {
        calls.push(`${name} given up`);
        throw fault("timeout", "given up", call.instance);
      }
      calls.push(name);
      if (fails) throw fault("runtime", `${name} broke`, call.instance);
      return name;
    },
  };
  return { calls, functions };
}

const branch = (name: string, time: number, more: object = {}) => ({
  [name]: { call: "slow", with: { name, for: time, ...more } },
});

describe("a fork", () => {
  it("runs its branches at the same time, and gives their outputs in the order of the branches", async () => {
    const { calls, functions } = slowly();
    const tasks = [{ a: { fork: { branches: [branch("late", 40), branch("soon", 1)] } } }];
    assert.deepEqual(await run(tasks, {}, { functions }), ["late", "soon"]);
    assert.deepEqual(calls, ["soon", "late"]);
  });

  it("gives each branch its own input, and not the output of another", async () => {
    const branches = [{ a: { set: { x: "${ .n + 1 }" } } }, { b: { set: { y: "${ .n + .x } " } } }];
    assert.deepEqual(await run([{ f: { fork: { branches } } }], { n: 1 }), [{ x: 2 }, { y: 1 }]);
  });

  it("fails with the first branch that does, and gives the others up", async () => {
    const { calls, functions } = slowly();
    const tasks = [{ a: { fork: { branches: [branch("long", 60_000), branch("bad", 1, { fails: true })] } } }];
    const problem = await problemOf(run(tasks, {}, { functions }));
    assert.deepEqual([problem.instance, problem.detail], ["/do/0/a/fork/branches/1/bad", "bad broke"]);
    assert.deepEqual(calls, ["bad", "long given up"]);
  });

  it("gives the output of the branch that comes first where they compete, and gives the others up", async () => {
    const { calls, functions } = slowly();
    const branches = [branch("long", 60_000), branch("first", 20), branch("bad", 1, { fails: true })];
    assert.deepEqual(await run([{ a: { fork: { compete: true, branches } } }], {}, { functions }), "first");
    assert.deepEqual(calls, ["bad", "first", "long given up"]);
  });

  it("fails where all fail that compete", async () => {
    const { functions } = slowly();
    const branches = [branch("a", 10, { fails: true }), branch("b", 1, { fails: true })];
    const problem = await problemOf(run([{ f: { fork: { compete: true, branches } } }], {}, { functions }));
    assert.equal(problem.detail, "b broke");
  });
});
