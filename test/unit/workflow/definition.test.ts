import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";

const head = "document: {dsl: 1.0.0, namespace: a, name: b, version: 1.0.0}\n";

function problemsOf(text: string, functions = ["split", "count"]): string[] {
  const loaded = loadDefinition(text, "workflow.yaml", functions);
  return "problems" in loaded ? loaded.problems.map((one) => `${one.line}:${one.column}: ${one.message}`) : [];
}

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
  - two: {wait: PT1S}
  - two: {set: {x: "\${ $nope }"}, sett: 1}
  - three: {for: {each: x}, do: []}
`;
    assert.deepEqual(problemsOf(text), [
      '3:11: there is no function "splt"; the workflow has: split, count',
      "3:30: the expression ${ .text | } is no jq: syntax error, unexpected ')'",
      '4:11: task "two": \`wait\` is not supported yet; supported are: call, set, for, do',
      '5:5: there is a task "two" already in this list; rename one',
      "5:17: the expression ${ $nope } is no jq: $nope is not defined",
      "5:35: \`sett\` is unknown; supported here are: set, input, output, metadata",
      "6:13: for.in must be an expression that gives a list, such as ${ .parts }",
      "6:29: must be a list of tasks, each \`- <name>: <task>\`",
    ]);
  });

  it("refuses what the language has and the executor does not run, instead of leaving it out", () => {
    for (const [key, line] of [
      ["timeout", "timeout: {after: PT1S}"],
      ["use", "use: {}"],
      ["schedule", "schedule: {every: PT1S}"],
    ] as const) {
      assert.match(
        problemsOf(`${head}${line}\ndo: [{a: {set: {}}}]\n`)[0] ?? "",
        new RegExp(`\`${key}\` is not supported yet`),
      );
    }
    for (const task of ["try: []", "switch: []", "fork: {}", "raise: {}", "run: {}", "listen: {}", "emit: {}"]) {
      assert.match(problemsOf(`${head}do: [{a: {${task}}}]\n`)[0] ?? "", /is not supported yet/);
    }
    assert.match(problemsOf(`${head}do: [{a: {set: {}, then: end}}]\n`)[0] ?? "", /`then` is not supported yet/);
  });

  it("knows a loop's variables inside the loop alone", () => {
    const loop = 'for: {each: part, in: .parts}, do: [{b: {set: {x: "${ $part }"}}}]';
    assert.deepEqual(problemsOf(`${head}do: [{a: {${loop}}}]\n`), []);
    assert.match(problemsOf(`${head}do: [{a: {set: {x: "\${ $part }"}}}]\n`)[0] ?? "", /\$part is not defined/);
  });

  it("checks the parallel map's extension", () => {
    const map = (value: string) =>
      problemsOf(`${head}do: [{a: {for: {in: .x}, metadata: {knflow: ${value}}, do: [{b: {set: {}}}]}}]\n`);
    assert.deepEqual(map("{map: {concurrency: 4}}"), []);
    assert.deepEqual(map("{map: {}}"), []);
    assert.match(map("{map: {concurrency: 0}}")[0] ?? "", /whole number from 1 to 100, but is 0/);
    for (const wrong of ["{mpa: {}}", "{}", "null", "{map: []}", "{map: {concurency: 4}}", "{map: {}, more: 1}"]) {
      assert.match(map(wrong)[0] ?? "", /metadata.knflow must be/, wrong);
    }
  });

  it("refuses what is no YAML, nothing at all, and another version of the language", () => {
    assert.match(problemsOf("do: [")[0] ?? "", /^\d+:\d+: /);
    assert.match(problemsOf("")[0] ?? "", /is empty/);
    assert.match(
      problemsOf("document: {dsl: 0.8.0, namespace: a, name: b, version: 1.0.0}\ndo: [{a: {set: {}}}]\n")[0] ?? "",
      /must be 1.0.x, but is 0.8.0/,
    );
  });
});
