import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";
import { fault, Fault } from "../../../runtimes/workflow/src/executor/problem.ts";
import { runWorkflow } from "../../../runtimes/workflow/src/executor/run.ts";

const names = ["a", "b", "c"];
const expression = fc.constantFrom(".", ".n", "$context", "$input", "[1, 2]", ".n > 1", "true", "null", ".n.m");
const text = fc.oneof(
  expression,
  expression.map((one) => `\${ ${one} }`),
  fc.constant("plain"),
);
const duration = fc.constantFrom("PT0.001S", { milliseconds: 1 }, "PT0S");
const directive = fc.constantFrom(...names, "continue", "exit", "end");
const error = fc.record({ type: fc.constant("https://e.com/x"), status: fc.constantFrom(400, 503), title: text });

const perhaps = (keys: Record<string, fc.Arbitrary<unknown>>) => fc.record(keys, { requiredKeys: [] });

const common = perhaps({
  if: expression,
  input: perhaps({ from: expression, schema: fc.constant({ document: { type: ["object", "number"] } }) }),
  output: perhaps({ as: expression }),
  export: perhaps({ as: expression }),
  timeout: fc.constant({ after: { milliseconds: 30 } }),
  then: directive,
});

const retry = perhaps({
  delay: duration,
  when: expression,
  backoff: fc.constantFrom({ linear: {} }, { exponential: {} }),
  limit: fc.constant({ attempt: { count: 2 } }),
  jitter: fc.constant({ from: "PT0S", to: "PT0.002S" }),
});

interface Task {
  readonly [key: string]: unknown;
}

/** Mends what would only be refused: names that are not in the list, tasks that nothing leads to, what never holds. */
function mended(task: Task, size: number): Task {
  const to = (then: unknown) => (names.indexOf(then as string) < size ? then : "end");
  const { raise, switch: cases, then, output, export: exported, ...rest } = task;
  if (raise) return { ...rest, raise, if: ".n != 7" };
  if (cases) {
    const named = (cases as { then: string }[]).map((one, index) => ({
      [`case${index}`]: { ...one, then: to(one.then) },
    }));
    return { ...rest, switch: named, if: ".n != 7" };
  }
  const data = { ...(output ? { output } : {}), ...(exported ? { export: exported } : {}) };
  return { ...rest, ...data, ...(then ? { then: to(then) } : {}), if: rest.if ?? ".n != 7" };
}

/** Branches of a fork, none of which comes after another. */
function withoutNames(branches: object[]): object[] {
  return branches.map((branch) => {
    const [name, task] = Object.entries(branch)[0] as [string, Task];
    const { then, ...rest } = task.switch ? { set: { n: 1 } } : task;
    return { [name]: names.includes(then as string) || then === undefined ? rest : { ...rest, then } };
  });
}

const { list } = fc.letrec<{ list: object[]; kind: object }>((tie) => ({
  list: fc
    .array(fc.tuple(tie("kind"), common), { minLength: 1, maxLength: 3 })
    .map((tasks) =>
      tasks.map(([kind, more], index) => ({ [names[index] as string]: mended({ ...more, ...kind }, tasks.length) })),
    ),
  kind: fc.oneof(
    { maxDepth: 3, depthIdentifier: "tasks" },
    fc.record({ set: fc.record({ n: text }) }),
    fc.record({ wait: duration }),
    fc.constantFrom({ call: "works" }, { call: "fails" }, { call: "works", with: { x: "${ .n }" } }),
    fc.record({ raise: fc.record({ error }) }),
    fc.record({ switch: fc.array(fc.record({ then: directive, when: expression }), { minLength: 1, maxLength: 2 }) }),
    fc.record({ do: tie("list") }),
    fc.record({
      for: fc.record({ in: expression }),
      do: tie("list"),
      metadata: fc.constantFrom({}, { knflow: { map: {} } }),
    }),
    fc.record({ fork: fc.record({ branches: tie("list").map(withoutNames), compete: fc.boolean() }) }),
    fc.record({ try: tie("list"), catch: perhaps({ do: tie("list"), when: expression, retry }) }),
  ),
}));

describe("any definition that the checks let pass", () => {
  it("runs to its end or faults with a problem of the specification's form, and leaves nothing behind", async () => {
    const document = { dsl: "1.0.0", namespace: "a", name: "b", version: "1.0.0" };
    let sound = 0;
    let completed = 0;
    await fc.assert(
      fc.asyncProperty(list, async (tasks) => {
        const body = { document, do: tasks, timeout: { after: { milliseconds: 100 } } };
        const loaded = loadDefinition(stringify(body, { aliasDuplicateObjects: false }), "workflow.yaml", [
          "works",
          "fails",
        ]);
        if ("problems" in loaded) return;
        sound++;
        let open = 0;
        const run = runWorkflow(
          loaded.definition,
          { n: 1 },
          {
            runId: "1",
            signal: new AbortController().signal,
            call: async ({ function: name, input, instance }) => {
              open++;
              await Promise.resolve();
              open--;
              if (name === "fails") throw fault("runtime", "no", instance);
              return input;
            },
            http: () => Promise.reject(new Error("nothing calls by HTTP")),
          },
        );
        const problem = await run.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        assert.equal(open, 0);
        if (problem === undefined) {
          completed++;
          return;
        }
        assert.ok(problem instanceof Fault, String((problem as Error).stack));
        const { type, status, instance } = problem.problem;
        assert.ok(/^https:/.test(type) && status >= 400 && instance.startsWith("/"), JSON.stringify(problem.problem));
      }),
      { numRuns: 60 },
    );
    assert.ok(sound > 10 && completed > 0, `${sound} were sound, and ${completed} came to their end`);
  }).timeout(90_000);
});
