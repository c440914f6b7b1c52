import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readViolations, schemaProblems } from "../../../source/workflow-schema.ts";

const head = "document: {dsl: 1.0.3, namespace: a, name: b, version: 1.0.0}\n";

describe("a definition against the language's schema", () => {
  const usual = process.env.XDG_CACHE_HOME;
  let cache: string;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "knflow-schema-"));
    process.env.XDG_CACHE_HOME = cache;
  });

  afterEach(() => {
    if (usual === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = usual;
    rmSync(cache, { recursive: true });
  });

  async function problemsOf(text: string): Promise<string[]> {
    return (await schemaProblems(head + text, "w.yaml")).map((one) => `${one.line}:${one.column}: ${one.message}`);
  }

  const wrong: Record<string, string[]> = {
    "do: [{a: {set: {}}}]": ["2:11: `set` must not be empty"],
    'do: [{a: {set: "${ .x }"}}]': ["2:11: `set` must be a mapping"],
    "do: [{a: {call: f, with: {endpoint: 3}, metadata: 3}}]": ["2:41: `metadata` must be a mapping"],
    "do: [{a: {call: f, input: {from: [1]}}}]": ["2:28: `from` must be a text, or must be a mapping"],
    "do: [{a: {call: f}}, {'x/y': {do: [{c: {set: {}}}]}}]": ["2:41: `set` must not be empty"],
  };
  for (const [text, problems] of Object.entries(wrong)) {
    it(`finds what is wrong, and nothing else, in ${text}`, async () => {
      assert.deepEqual(await problemsOf(text), problems);
    });
  }

  it("lets the supported language pass, with the parallel map, and remembers it", async () => {
    const text =
      "do: [{a: {for: {in: .x}, metadata: {knflow: {map: {concurrency: 3}}}, do: [{b: {call: f, with: {x: 1}}}]}}]";
    assert.deepEqual(await problemsOf(text), []);
    assert.deepEqual(await problemsOf("do: [{a: {set: {}}}]").then((problems) => problems.length), 1);
    const kept = await readdir(join(cache, "knflow/workflow-schema"), { recursive: true });
    assert.equal(kept.filter((name) => /[0-9a-f]{64}$/.test(name)).length, 1, "good verdicts only");
    assert.deepEqual(await problemsOf(text), []);
  });

  it("works where nothing can be kept", async () => {
    process.env.XDG_CACHE_HOME = join(cache, "file");
    writeFileSync(process.env.XDG_CACHE_HOME, "");
    assert.deepEqual(await problemsOf("do: [{a: {call: f}}]"), []);
  });

  it("says so where the SDK's message cannot be read", () => {
    assert.match(readViolations("something else")[0]?.message ?? "", /is no definition of Serverless Workflow 1\.0/);
  });
});
