import assert from "node:assert/strict";
import { run } from "./support.ts";

/** A task that writes its name down. */
const note = (name: string, more: object = {}) => ({
  [name]: { set: { seen: `\${ (.seen // []) + ["${name}"] }` }, ...more },
});

const seen = async (tasks: object[], input: object = {}) =>
  ((await run(tasks, input)) as { seen?: string[] }).seen ?? [];

describe("the flow of a run", () => {
  it("goes from task to task in their order, or as `then` says", async () => {
    assert.deepEqual(await seen([note("a"), note("b"), note("c")]), ["a", "b", "c"]);
    const jumps = [note("a", { then: "c" }), note("b", { then: "end" }), note("c", { then: "b" })];
    assert.deepEqual(await seen(jumps), ["a", "c", "b"]);
    assert.deepEqual(await seen([note("a", { then: "continue" }), note("b")]), ["a", "b"]);
  });

  it("can go back, as often as a condition says", async () => {
    const again = { again: { switch: [{ few: { when: "(.seen | length) < 5", then: "a" } }] } };
    assert.deepEqual(await seen([note("a"), again, note("b")]), ["a", "a", "a", "a", "a", "b"]);
  });

  it("leaves a task out whose condition does not hold, with its `then`", async () => {
    const tasks = [note("a", { if: ".wanted", then: "end" }), note("b")];
    assert.deepEqual(await run(tasks, { wanted: true }), { seen: ["a"] });
    for (const wanted of [false, null]) assert.deepEqual(await run(tasks, { wanted }), { seen: ["b"] });
    const transformed = [
      { a: { if: "false", input: { from: ".x" }, set: { y: 1 }, output: { as: "5" }, export: { as: "6" } } },
    ];
    assert.deepEqual(await run({ do: transformed, output: { as: "[., $context]" } }, { x: 1 }), [{ x: 1 }, { x: 1 }]);
  });

  it("leaves the list alone that says `exit`, and everything where it says `end`", async () => {
    const skipping = (then: string) => [
      { inner: { do: [note("a", { if: ".seen == null", then }), note("b")] } },
      note("c", { if: "true" }),
    ];
    assert.deepEqual(await seen(skipping("exit")), ["a", "c"]);
    assert.deepEqual(await seen(skipping("end")), ["a"]);
  });

  it("ends the run from wherever `end` is said, and gives that task's output through the workflow's own", async () => {
    const ends = [note("a", { then: "end" })];
    const around: Record<string, object> = {
      do: { do: ends, output: { as: '"not made"' }, export: { as: '"not made"' } },
      for: { for: { in: "[1, 2, 3]" }, do: ends },
      map: { for: { in: "[1, 2, 3]" }, metadata: { knflow: { map: { concurrency: 1 } } }, do: ends },
      fork: { fork: { branches: [...ends, { slow: { wait: { hours: 1 } } }] } },
      compete: { fork: { compete: true, branches: [...ends, { slow: { wait: { hours: 1 } } }] } },
      try: { try: ends, catch: {} },
      catch: {
        try: [{ fail: { raise: { error: { type: "https://e.com/x", status: 400 } } } }],
        catch: { do: ends },
      },
    };
    for (const [kind, task] of Object.entries(around)) {
      const tasks = [{ [kind]: { if: "true", ...task } }, note("b")];
      assert.deepEqual(await run({ do: tasks, output: { as: ".seen" } }), ["a"], kind);
    }
  });

  it("leaves one turn of a loop by `exit`, and goes on with the next", async () => {
    const loop = {
      for: { in: "[1, 2, 3]" },
      do: [{ skip: { if: "$item == 2", set: { seen: "${ .seen }" }, then: "exit" } }, note("turn")],
    };
    assert.deepEqual(await seen([{ loop }]), ["turn", "turn"]);
  });

  it("takes the first case of a switch that holds, or the one without a condition, wherever it stands", async () => {
    const tasks = [
      {
        choose: {
          switch: [
            { otherwise: { then: "c" } },
            { big: { when: ".n > 10", then: "a" } },
            { small: { when: ".n > 1", then: "b" } },
          ],
        },
      },
      note("a", { then: "end" }),
      note("b", { then: "end" }),
      note("c"),
    ];
    assert.deepEqual(await seen(tasks, { n: 11 }), ["a"]);
    assert.deepEqual(await seen(tasks, { n: 2 }), ["b"]);
    assert.deepEqual(await seen(tasks, { n: 0 }), ["c"]);
  });

  it("follows a switch's own `then` where no case holds", async () => {
    const choose = { choose: { switch: [{ x: { when: ".x", then: "b" } }], then: "end" } };
    assert.deepEqual(await run([choose, note("b")], { n: 1 }), { n: 1 });
  });

  it("runs 10,000 tasks of a list, and lists in lists in lists", async () => {
    const add = { set: { n: "${ .n }" } };
    const many = Array.from({ length: 10_000 }, (_, index) => ({ [`t${index}`]: add }));
    assert.deepEqual(await run(many, { n: 1 }), { n: 1 });
    const nested = (depth: number): object => (depth === 0 ? add : { do: [{ inner: nested(depth - 1) }] });
    assert.deepEqual(await run([{ outer: nested(60) }], { n: 1 }), { n: 1 });
  }).timeout(60_000);
});
