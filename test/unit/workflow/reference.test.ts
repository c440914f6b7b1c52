import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { loadDefinition } from "../../../runtimes/workflow/src/definition/index.ts";
import { runWorkflow } from "../../../runtimes/workflow/src/executor/run.ts";
import type { HttpCall } from "../../../runtimes/workflow/src/executor/environment.ts";
import { schemaProblems } from "../../../source/workflow-schema.ts";
import { ownCache, problemOf } from "./support.ts";

/** Each block of a page, and the paragraph behind it. */
function examplesOf(page: string) {
  return [...page.matchAll(/^```yaml\n(.*?)^```\n\n(.*?)\n\n/gms)].map(([, text = "", after = ""]) => ({
    text: /^document:/m.test(text) ? text : asDefinition(text),
    after: after.replaceAll("\n", " "),
  }));
}

const functions: Record<string, (input: { text: string; item: string }) => unknown> = {
  upper: ({ text }) => ({ text: text.toUpperCase() }),
  length: ({ text }) => text.length,
  price: ({ item }) => ({ item, price: item.length }),
  note: ({ text }) => text.toUpperCase(),
};

/** The server of the examples: it answers what it is asked. */
const http = ({ method, uri, body }: HttpCall) =>
  Promise.resolve({
    status: 200,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ method, uri, body: body === undefined ? null : (JSON.parse(body) as unknown) })),
  });

for (const file of ["docs/reference/workflow-language.md", "docs/guides/workflows.md"])
  describe(file, () => {
    ownCache();
    const page = readFileSync(file, "utf8");
    const examples = examplesOf(page);

    it("has an example of each task", () => {
      assert.equal(examples.length, page.split("```yaml").length - 1);
      for (const kind of [
        "call",
        "call: http",
        "set",
        "for",
        "knflow",
        "fork",
        "switch",
        "try",
        "retry",
        "raise",
        "wait",
      ]) {
        assert.ok(
          examples.some(({ text }) => new RegExp(`^ +${kind}`, "m").test(text)),
          kind,
        );
      }
    });

    for (const { text, after } of examples) {
      const [, refusal] = /^This is refused: `(.*)`\.$/.exec(after) ?? [];
      const [, input = "", verb = "", expected = ""] = /^`(.*)` (gives|faults with) `(.*)`\.$/.exec(after) ?? [];
      it(refusal === undefined ? `${verb} ${expected}` : `refuses: ${refusal}`, async () => {
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
        const run = runWorkflow(loaded.definition, JSON.parse(input), {
          runId: "1",
          signal: new AbortController().signal,
          call: (call) => Promise.resolve(functions[call.function]?.(call.input as { text: string; item: string })),
          http,
        });
        assert.deepEqual(verb === "gives" ? await run : await problemOf(run), JSON.parse(expected));
      });
    }
  });

function asDefinition(tasks: string): string {
  const document = { dsl: "1.0.0", namespace: "test", name: "test", version: "1.0.0" };
  return stringify({ document, do: parse(tasks) as unknown });
}
