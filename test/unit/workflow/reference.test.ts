import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";
import { runWorkflow } from "../../../runtimes/workflow/src/executor/run.ts";
import { schemaProblems } from "../../../source/workflow-schema.ts";

const page = readFileSync("docs/reference/workflow-language.md", "utf8");
/** A block, and the paragraph behind it. */
const examples = [...page.matchAll(/^```yaml\n(.*?)^```\n\n(.*?)\n\n/gms)].map(([, text = "", after = ""]) => ({
  text: text.startsWith("document:") ? text : asDefinition(text),
  after: after.replaceAll("\n", " "),
}));

const functions: Record<string, (input: { text: string }) => unknown> = {
  upper: ({ text }) => ({ text: text.toUpperCase() }),
  length: ({ text }) => text.length,
};

describe("docs/reference/workflow-language.md", () => {
  const usual = process.env.XDG_CACHE_HOME;
  let cache: string;

  before(() => {
    cache = mkdtempSync(join(tmpdir(), "knflow-reference-"));
    process.env.XDG_CACHE_HOME = cache;
  });

  after(() => {
    if (usual === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = usual;
    rmSync(cache, { recursive: true });
  });

  it("has an example of each task", () => {
    assert.equal(examples.length, page.split("```yaml").length - 1);
    for (const kind of ["call", "set", "do", "for", "knflow"]) {
      assert.ok(
        examples.some(({ text }) => new RegExp(`^ +${kind}:`, "m").test(text)),
        kind,
      );
    }
  });

  for (const { text, after } of examples) {
    const [, refusal] = /^This is refused: `(.*)`\.$/.exec(after) ?? [];
    const [, input = "", output = ""] = /^`(.*)` gives `(.*)`\.$/.exec(after) ?? [];
    it(refusal === undefined ? `gives ${output}` : `refuses: ${refusal}`, async () => {
      const loaded = loadDefinition(text, "workflow.yaml", Object.keys(functions));
      if ("problems" in loaded) {
        assert.deepEqual(
          loaded.problems.map((one) => one.message),
          [refusal],
        );
        return;
      }
      assert.equal(refusal, undefined, "it was to be refused");
      assert.deepEqual(await schemaProblems(text, "workflow.yaml"), []);
      const given = await runWorkflow(loaded.definition, JSON.parse(input), {
        runId: "1",
        signal: new AbortController().signal,
        call: (call) => Promise.resolve(functions[call.function]?.(call.input as { text: string })),
        http: () => Promise.reject(new Error("no example calls anything else")),
      });
      assert.deepEqual(given, JSON.parse(output));
    });
  }
});

function asDefinition(tasks: string): string {
  const document = { dsl: "1.0.0", namespace: "test", name: "test", version: "1.0.0" };
  return stringify({ document, do: parse(tasks) as unknown });
}
