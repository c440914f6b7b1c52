import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { stringify } from "yaml";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";
import { head, problemsOf } from "./support.ts";

describe("a workflow definition", () => {
  it("is read where everything in it is supported", () => {
    const text = readFileSync("functions/wordcount/workflow.yaml", "utf8");
    const loaded = loadDefinition(text, "workflow.yaml", ["split", "count", "merge"]);
    assert.ok("definition" in loaded);
    assert.equal(loaded.definition.document.name, "wordcount");
  });

  it("is refused with every problem and its place", () => {
    const text = `${head}do:
  - one: {call: splt, with: {text: "\${ .text | }"}}
  - two: {wait: P1M}
  - two: {set: {x: "\${ $nope }"}, sett: 1}
  - three: {for: {each: x}, do: []}
evaluate: {mode: loose}
`;
    assert.deepEqual(problemsOf(text), [
      '3:11: there is no function "splt"; the workflow has: split, count',
      "3:30: the expression ${ .text | } is no jq: syntax error, unexpected end of file",
      '4:11: "P1M" is no duration: it must be days, hours, minutes, seconds and milliseconds as whole numbers, such as ' +
        "{ seconds: 5 }, or a text such as PT5S; years and months have no fixed length",
      '5:5: there is a task "two" already in this list; rename one',
      "5:17: the expression ${ $nope } is no jq: $nope is not defined: known here are $context, $input, $workflow, " +
        "$runtime, $task",
      "5:35: `sett` is unknown; supported here are: set, if, input, output, export, timeout, then, metadata",
      "6:13: for.in must be an expression that gives a list, such as ${ .parts }",
      "6:29: `do` must be a list of tasks, each `- <name>: <task>`, but is []",
      "7:1: `evaluate` is not supported: expressions are jq in strict mode; remove it; supported here are: document, use, " +
        "input, timeout, do, output",
    ]);
  });

  it("is refused where it is no YAML, or not what YAML would make of it", () => {
    const wrong: Record<string, RegExp> = {
      "do: [": /^\d+:\d+: /,
      "": /is empty/,
      "- 1": /is empty/,
      [`${head}do: [{a: {set: {x: !secret y}}}]`]: /^2:20: Unresolved tag: !secret/,
      [`${head}do: [{a: {set: {x: *b}}}]`]: /^2:20: there is no anchor &b before/,
      [`${head}do: [{a: {set: {? [k] : v}}}]`]: /^2:19: a key must be a text/,
      [`${head}do: [{a: {set: {x: 1, x: 2}}}]`]: /^2:23: Map keys must be unique/,
      [`${head}x: &a [1,1,1,1]\ny: &b [*a,*a,*a,*a,*a]\nz: &c [*b,*b,*b,*b,*b]\nv: [*c,*c,*c]`]:
        /Excessive alias count/,
    };
    for (const [text, message] of Object.entries(wrong)) assert.match(problemsOf(text)[0] ?? "", message, text);
  });

  it("is refused where its document says what it must not", () => {
    const wrong: Record<string, string> = {
      "{dsl: 0.8.0, namespace: a, name: b, version: 1.0.0}": 'document.dsl must be 1.0.x, but is "0.8.0"',
      "{dsl: 1.0.0, namespace: a b, name: b, version: 1.0.0}":
        'document.namespace must have 1 to 63 letters, digits and dashes, but is "a b"',
      "{dsl: 1.0.0, namespace: a, name: b, version: 1.0}": "document.version must be a text, but is 1",
      "{dsl: 1.0.0, namespace: a, name: b, version: v1}": 'document.version must be such as 1.0.0, but is "v1"',
      "{dsl: 1.0.0, namespace: a, name: b, version: 1.0.0, titel: x}":
        "`titel` is unknown; supported here are: dsl, namespace, name, version, title, summary, tags, metadata",
      "{dsl: 1.0.0, namespace: a, version: 1.0.0}": "document.name must be a text, but is nothing",
      "{dsl: 1.0.0, namespace: a, name: b, version: 1.0.0, metadata: {knflow: {wake: maybe}}}":
        'metadata.knflow.wake must be true or false, but is "maybe"',
      "{dsl: 1.0.0, namespace: a, name: b, version: 1.0.0, metadata: {knflow: {sleep: true}}}":
        "`sleep` is unknown; supported here are: wake",
      "[]": "`document` must be a mapping with dsl, namespace, name, version, but is []",
    };
    for (const [document, message] of Object.entries(wrong)) {
      const found = problemsOf(`document: ${document}\ndo: [{a: {set: {x: 1}}}]\n`);
      assert.deepEqual(
        found.map((one) => one.replace(/^\d+:\d+: /, "")),
        [message],
      );
    }
  });

  it("is refused where it is nested so deeply that reading it would end the process", () => {
    const nested = (depth: number) => `${head}do: [{a: {set: {x: ${"[".repeat(depth)}${"]".repeat(depth)}}}}]`;
    assert.deepEqual(problemsOf(nested(190)), []);
    for (const text of [nested(250), nested(5000), nested(100_000), `${head}x: &a [*a]`, `x: &a {y: *a}`]) {
      assert.match(problemsOf(text)[0] ?? "", /is nested too deeply: at most 200/);
    }
    const tasks = (depth: number): object => (depth === 0 ? { set: { x: 1 } } : { do: [{ a: tasks(depth - 1) }] });
    assert.deepEqual(problemsOf(head + stringify({ do: [{ a: tasks(60) }] })), []);
    assert.match(problemsOf(head + stringify({ do: [{ a: tasks(100) }] }))[0] ?? "", /is nested too deeply/);
  });

  it("may have 10,000 tasks, or 10,000 problems", () => {
    const list = (task: string) =>
      `${head}do:\n${Array.from({ length: 10_000 }, (_, i) => `  - t${i}: ${task}\n`).join("")}`;
    assert.deepEqual(problemsOf(list('{call: count, with: {a: "${ .a }", b: "${ .b + 1 }"}}')), []);
    const found = problemsOf(list("{call: nope}"));
    assert.equal(found.length, 10_000);
    assert.equal(found.at(-1), '10002:13: there is no function "nope"; the workflow has: split, count');
  }).timeout(30_000);

  it("is read or refused, whatever it is", () => {
    const keys = [
      "do",
      "set",
      "call",
      "with",
      "for",
      "in",
      "fork",
      "branches",
      "switch",
      "when",
      "then",
      "try",
      "catch",
    ];
    const more = [
      "retry",
      "raise",
      "error",
      "wait",
      "use",
      "timeout",
      "after",
      "input",
      "from",
      "schema",
      "document",
      "a",
    ];
    const key = fc.constantFrom(
      ...keys,
      ...more,
      "errors",
      "limit",
      "output",
      "as",
      "export",
      "metadata",
      "knflow",
      "if",
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(null, "http", "${ . }", "end", "PT1S"),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie("tree"), { maxLength: 3 }), tie("mapping")),
      mapping: fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    }));
    const body = fc.dictionary(key, tree ?? leaf, { maxKeys: 4 });
    const document = { dsl: "1.0.0", namespace: "a", name: "b", version: "1.0.0" };
    fc.assert(
      fc.property(body, fc.array(tree ?? leaf, { maxLength: 3 }), (rest, tasks) => {
        const named = tasks.map((task, index) => ({ [`t${index}`]: task }));
        const text = stringify({ do: named, ...rest, document });
        const loaded = loadDefinition(text, "workflow.yaml", ["f"]);
        const problems = "problems" in loaded ? loaded.problems : [];
        const lines = text.split("\n").length;
        for (const { line, column, message } of problems) {
          assert.ok(line >= 1 && line <= lines && column >= 1 && message !== "", JSON.stringify(problems));
        }
      }),
      { numRuns: 200 },
    );
  }).timeout(60_000);
});
