import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { RunEnvironment } from "../../../runtimes/workflow/src/executor/environment.ts";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { problemOf, run, type Functions } from "./support.ts";

/** What a call of `turn` is to do: to end after another one has, or never, and how. */
interface Turn {
  readonly name: string;
  readonly after?: string;
  readonly fails?: boolean;
}

/** Functions that end in the order that they are told, and what became of each call. */
function inTurns() {
  const calls: string[] = [];
  const ends = new EventEmitter();
  const functions: Functions = {
    turn: async ({ name, after, fails }: Turn, { signal, instance }) => {
      try {
        if (after !== undefined && !calls.includes(after)) await once(ends, after, { signal });
      } catch {
        calls.push(`${name} given up`);
        throw fault("timeout", "given up", instance);
      }
      calls.push(name);
      // Those that wait for this one go on only after the run knows of it.
      setTimeout(() => ends.emit(name), 50);
      if (fails) throw fault("runtime", `${name} broke`, instance);
      return name;
    },
  };
  return { calls, functions };
}

const branch = (name: string, more: Omit<Turn, "name"> = {}) => ({ [name]: { call: "turn", with: { name, ...more } } });

describe("a fork", () => {
  it("runs its branches at the same time, and gives their outputs in the order of the branches", async () => {
    const { calls, functions } = inTurns();
    const tasks = [{ a: { fork: { branches: [branch("late", { after: "soon" }), branch("soon")] } } }];
    assert.deepEqual(await run(tasks, {}, { functions }), ["late", "soon"]);
    assert.deepEqual(calls, ["soon", "late"]);
  });

  it("gives each branch its own input, and not the output of another", async () => {
    const branches = [{ a: { set: { x: "${ .n + 1 }" } } }, { b: { set: { y: "${ .n + .x } " } } }];
    assert.deepEqual(await run([{ f: { fork: { branches } } }], { n: 1 }), [{ x: 2 }, { y: 1 }]);
  });

  it("fails with the first branch that does, and gives the others up", async () => {
    const { calls, functions } = inTurns();
    const tasks = [{ a: { fork: { branches: [branch("long", { after: "never" }), branch("bad", { fails: true })] } } }];
    const problem = await problemOf(run(tasks, {}, { functions }));
    assert.deepEqual([problem.instance, problem.detail], ["/do/0/a/fork/branches/1/bad", "bad broke"]);
    assert.deepEqual(calls, ["bad", "long given up"]);
  });

  it("gives the output of the branch that comes first where they compete, and gives the others up", async () => {
    const { calls, functions } = inTurns();
    const branches = [
      branch("long", { after: "never" }),
      branch("first", { after: "bad" }),
      branch("bad", { fails: true }),
    ];
    assert.deepEqual(await run([{ a: { fork: { compete: true, branches } } }], {}, { functions }), "first");
    assert.deepEqual(calls, ["bad", "first", "long given up"]);
  });

  it("tells of what it gives up why, and not that it was too late", async () => {
    const failed = async (fork: object) => {
      const { functions } = inTurns();
      const errors: string[] = [];
      const taskEnded: RunEnvironment["taskEnded"] = ({ pointer }, _, error) => {
        if (error) errors.push(`${pointer}: ${error.name}: ${error.message}`);
      };
      await run([{ a: { fork } }], {}, { functions, taskEnded }).catch(() => undefined);
      return errors[fork === losing ? 0 : 1];
    };
    const losing = { compete: true, branches: [branch("long", { after: "never" }), branch("first")] };
    const place = "/do/0/a/fork/branches/0/long";
    assert.equal(await failed(losing), `${place}: GivenUp: Given Up at ${place}: another branch was first`);
    const failing = { branches: [branch("long", { after: "never" }), branch("bad", { fails: true })] };
    const reason = "another task at the same time failed";
    assert.equal(await failed(failing), `${place}: GivenUp: Given Up at ${place}: ${reason}`);
  });

  it("fails where all fail that compete", async () => {
    const { functions } = inTurns();
    const branches = [branch("a", { after: "b", fails: true }), branch("b", { fails: true })];
    const problem = await problemOf(run([{ f: { fork: { compete: true, branches } } }], {}, { functions }));
    assert.equal(problem.detail, "b broke");
  });
});
