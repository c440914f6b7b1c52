import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { FunctionCall } from "../../../runtimes/workflow/src/executor/environment.ts";
import { fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { problemOf, run } from "./support.ts";

describe("a run", () => {
  it("passes each task's output on to the next, and gives the last one's", async () => {
    const tasks = [{ a: { set: { n: "${ .n + 1 }" } } }, { b: { set: { n: "${ .n * 10 }" } } }];
    assert.deepEqual(await run({ do: tasks }, { n: 1 }), { n: 20 });
  });

  it("transforms what a task and the workflow get and give", async () => {
    const body = {
      input: { from: ".deep" },
      output: { as: "{ answer: . }" },
      do: [
        {
          a: {
            input: { from: "${ .list }" },
            set: { first: "${ .[0] }", all: "${ $input }" },
            output: { as: ".first" },
          },
        },
      ],
    };
    assert.deepEqual(await run(body, { deep: { list: [7, 8] } }), { answer: 7 });
  });

  it("calls functions with `with`, or with what the task gets", async () => {
    const functions = { echo: (input: unknown) => ({ got: input }) };
    assert.deepEqual(
      await run({ do: [{ a: { call: "echo", with: { x: "${ .y }", z: "plain" } } }] }, { y: 1 }, { functions }),
      {
        got: { x: 1, z: "plain" },
      },
    );
    assert.deepEqual(await run({ do: [{ a: { call: "echo" } }] }, [1], { functions }), { got: [1] });
  });

  it("loops with item and index, each turn getting the output of the one before, while a condition holds", async () => {
    const loop = {
      for: { each: "x", in: ".list", at: "i" },
      while: "$x < 4",
      do: [{ b: { set: { list: [], sum: "${ .sum + $x * $i }" } } }],
    };
    assert.deepEqual(await run({ do: [{ a: loop }] }, { list: [1, 2, 3, 4, 5], sum: 0 }), { list: [], sum: 8 });
    assert.deepEqual(await run({ do: [{ a: { ...loop, for: { each: "x", in: "[]", at: "i" } } }] }, 5), 5);
  });

  it("maps at the same time, within its limit, and gives the results in order", async () => {
    let running = 0;
    let most = 0;
    const functions = {
      slow: async ({ n }: { n: number }) => {
        most = Math.max(most, ++running);
        for (let i = 0; i < 20 - n; i++) await turn();
        running--;
        return n * n;
      },
    };
    const task = {
      for: { each: "n", in: "${ . }" },
      metadata: { knflow: { map: { concurrency: 3 } } },
      do: [{ b: { call: "slow", with: { n: "${ $n }" } } }],
    };
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    assert.deepEqual(
      await run({ do: [{ a: task }] }, numbers, { functions }),
      numbers.map((n) => n * n),
    );
    assert.equal(most, 3);
    assert.deepEqual(await run({ do: [{ a: task }] }, [], { functions }), []);
  });

  it("knows the runtime arguments of the language", async () => {
    const set = {
      run: "${ $workflow.id }",
      task: "${ $task.name }",
      at: "${ $task.reference }",
      runtime: "${ $runtime.name }",
      in: "${ $workflow.input.n }",
    };
    assert.deepEqual(await run({ do: [{ a: { set } }] }, { n: 3 }), {
      run: "run-1",
      task: "a",
      at: "/do/0/a",
      runtime: "knflow",
      in: 3,
    });
  });

  it("faults with the task's place where an expression, a list or a function fails", async () => {
    const told = async (work: Promise<unknown>) => {
      const { type, instance, detail } = await problemOf(work);
      return `${type.split("/").at(-1)} ${instance}: ${detail}`;
    };
    assert.match(
      await told(run({ do: [{ a: { set: { x: "${ .n.m }" } } }] }, { n: 1 })),
      /^expression \/do\/0\/a: Cannot index number/,
    );
    assert.match(
      await told(run({ do: [{ a: { set: { x: "${ .[] }" } } }] }, [1, 2])),
      /gives 2 values, but exactly one/,
    );
    assert.match(
      await told(run({ do: [{ a: { for: { in: ".n" }, do: [{ b: { set: { x: 1 } } }] } }] }, { n: 1 })),
      /for.in must give a list, but gives number/,
    );
    const functions = {
      fail: (_input: never, call: FunctionCall) => {
        throw fault("runtime", "it broke", call.instance);
      },
    };
    const nested = { for: { in: "[1]" }, do: [{ b: { call: "fail" } }] };
    assert.match(
      await told(run({ do: [{ a: nested }] }, {}, { functions })),
      /^runtime \/do\/0\/a\/do\/0\/b: it broke/,
    );
  });

  it("faults where an expression would end jq, or read what is not there", async () => {
    for (const name of ["halt", "halt_error", "halt_error(1)", "input", "inputs"]) {
      const { type, detail } = await problemOf(run([{ a: { set: { x: `\${ 1, ${name} }` } } }]));
      assert.equal(type.split("/").at(-1), "expression");
      assert.equal(detail, `${name.replace("(1)", "")} is not possible in a workflow`);
    }
    assert.deepEqual(await run([{ a: { set: { x: "${ {input, halt: 1} }" } } }], { input: 2 }), {
      x: { input: 2, halt: 1 },
    });
  });

  it("handles plain paths exactly as jq does", async () => {
    const value = (expression: string, input: unknown) =>
      run({ do: [{ a: { set: { v: `\${ ${expression} }` } } }] }, input);
    assert.deepEqual(await value(".a.b", { a: { b: [1] } }), { v: [1] });
    assert.deepEqual(await value(".a.b", { a: null }), { v: null });
    assert.deepEqual(await value(".a", {}), { v: null });
    assert.deepEqual(await value(".constructor", {}), { v: null });
    assert.deepEqual(await value(".", "ünï"), { v: "ünï" });
    assert.deepEqual(await value("$input.a", { a: 1 }), { v: 1 });
    await assert.rejects(value(".a.b", { a: [1] }), /Cannot index array/);
  });
});
