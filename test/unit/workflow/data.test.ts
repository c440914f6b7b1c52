import assert from "node:assert/strict";
import { problemOf, run } from "./support.ts";

const schema = (document: object | boolean) => ({ schema: { document } });
const needs = (...required: string[]) => schema({ type: "object", required });

describe("the data of a run", () => {
  it("is validated as it comes in and before it is transformed, and after it was transformed as it goes out", async () => {
    const task = {
      input: { ...needs("raw"), from: ".raw" },
      set: { made: "${ . }" },
      output: { as: "{ out: .made }", ...needs("out") },
      export: { as: "{ kept: .out }", ...needs("kept") },
    };
    const body = {
      input: { ...needs("whole"), from: ".whole" },
      do: [{ a: task }],
      output: { as: "[.out, $context.kept]", ...schema({ type: "array" }) },
    };
    assert.deepEqual(await run(body, { whole: { raw: 1 } }), [1, 1]);
  });

  it("faults with the place of what does not match its schema", async () => {
    const no = schema(false);
    const cases: [object, string, RegExp][] = [
      [{ input: no, do: [{ a: { set: { x: 1 } } }] }, "/input", /^the input does not match/],
      [{ output: no, do: [{ a: { set: { x: 1 } } }] }, "/output", /^the output does not match/],
      [{ do: [{ a: { input: no, set: { x: 1 } } }] }, "/do/0/a", /^the input does not match/],
      [{ do: [{ a: { output: no, set: { x: 1 } } }] }, "/do/0/a", /^the output does not match/],
      [{ do: [{ a: { export: no, set: { x: 1 } } }] }, "/do/0/a", /^the context does not match/],
    ];
    for (const [body, instance, detail] of cases) {
      const problem = await problemOf(run(body));
      assert.equal(problem.type, "https://serverlessworkflow.io/spec/1.0.0/errors/validation");
      assert.deepEqual([problem.status, problem.title, problem.instance], [400, "Validation Error", instance]);
      assert.match(problem.detail ?? "", detail);
    }
  });

  it("says what is wrong with it, and where", async () => {
    const document = {
      type: "object",
      properties: { n: { type: "integer", minimum: 1 } },
      additionalProperties: false,
    };
    const body = { input: schema(document), do: [{ a: { set: { x: 1 } } }] };
    assert.match((await problemOf(run(body, { n: 0 }))).detail ?? "", /schema: \/n must be >= 1$/);
    assert.match((await problemOf(run(body, { m: 0 }))).detail ?? "", /additional properties: m$/);
    assert.match((await problemOf(run(body, [0]))).detail ?? "", /schema: it must be object$/);
  });

  it("has a context, which is the run's input until a task exports another one", async () => {
    const tasks = [
      { a: { set: { x: "${ $context }" } } },
      { b: { set: { y: 2 }, export: { as: "$context + .", schema: { document: { required: ["n", "y"] } } } } },
      { c: { set: { z: "${ $context }" }, export: { as: { was: "${ $context.n }", is: "${ $output.z.y }" } } } },
      { d: { set: { context: "${ $context }", z: "${ .z }" } } },
    ];
    const body = { input: { from: ".in" }, do: tasks };
    assert.deepEqual(await run(body, { in: { n: 1 } }), { context: { was: 1, is: 2 }, z: { n: 1, y: 2 } });
  });

  it("keeps its context where an export does not make one", async () => {
    const tasks = [
      { a: { set: { x: 1 }, export: schema({ required: ["n"] }) } },
      { b: { set: { kept: "${ $context }" } } },
    ];
    assert.deepEqual(await run(tasks, { n: 1 }), { kept: { n: 1 } });
  });

  it("does not keep what a task exports that fails afterwards", async () => {
    const fails = { set: { x: 1 }, export: { as: '"new"', ...schema(false) } };
    const tasks = [{ a: { try: [{ b: fails }], catch: {} } }, { c: { set: { kept: "${ $context }" } } }];
    assert.deepEqual(await run(tasks, { n: 1 }), { kept: { n: 1 } });
  });

  it("tells expressions of the task, the workflow and the runtime", async () => {
    const show = {
      input: { from: ".n" },
      set: {
        task: "${ [$task.name, $task.reference, $task.definition.input.from, $task.input] }",
        started: "${ $task.startedAt | keys }",
        workflow: "${ [$workflow.id, $workflow.input, ($workflow.definition.do | length)] }",
        runtime: "${ [$runtime.name, $runtime.metadata] }",
        version: '${ $runtime.version | test("^[0-9]+[.]") }',
        input: "${ $input }",
      },
      output: { as: "$output + { raw: ($task.output == .) }" },
    };
    assert.deepEqual(await run([{ a: { do: [{ "b/c": show }] } }], { n: 3 }), {
      task: ["b/c", "/do/0/a/do/0/b~1c", ".n", { n: 3 }],
      started: ["epoch", "iso8601"],
      workflow: ["run-1", { n: 3 }, 1],
      runtime: ["knflow", {}],
      version: true,
      input: 3,
      raw: true,
    });
  });

  it("gives each turn of a loop and each branch the input that is its own", async () => {
    const inner = { set: { got: "${ $input }", item: "${ $item }", at: "${ $index }" } };
    const loop = { for: { in: ".list" }, metadata: { knflow: { map: {} } }, do: [{ b: inner }] };
    assert.deepEqual(await run([{ a: loop }], { list: ["x", "y"] }), [
      { got: { list: ["x", "y"] }, item: "x", at: 0 },
      { got: { list: ["x", "y"] }, item: "y", at: 1 },
    ]);
  });

  it("takes a condition that gives neither true nor false nor null for a fault", async () => {
    const problem = await problemOf(run([{ a: { if: ".n", set: { x: 1 } } }], { n: 5 }));
    assert.equal(problem.detail, "the condition .n must give true or false, but gives a number");
  });
});
