import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { functionJsonSchema } from "../../../source/function-json-schema.ts";

const root = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the schemas for editors", () => {
  it("are those that the program checks with", () => {
    assert.deepEqual(JSON.parse(read("schemas/function.json")), functionJsonSchema(), "run: npm run schemas");
  });

  it("describe every key", () => {
    const { properties } = JSON.parse(read("schemas/function.json")) as {
      properties: Record<string, { description?: string }>;
    };
    for (const [key, { description }] of Object.entries(properties)) assert.ok(description, key);
  });

  it("of workflows is the one that the official SDK has", () => {
    const { $id } = JSON.parse(read("schemas/workflow.json")) as { $id: string };
    const sdk = readFileSync(createRequire(import.meta.url).resolve("@serverlessworkflow/sdk"), "utf8");
    assert.ok(sdk.includes($id), $id);
  });

  it("are named by every file of the examples", () => {
    const files = readdirSync(join(root, "functions"), { recursive: true, encoding: "utf8" });
    const yaml = files.filter((file) => /(function|workflow)\.yaml$/.test(file));
    assert.ok(yaml.length > 0);
    for (const file of yaml) {
      const path = join("functions", file);
      const named = /^# yaml-language-server: \$schema=(.*)$/m.exec(read(path))?.[1];
      const expected = join(root, "schemas", file.endsWith("workflow.yaml") ? "workflow.json" : "function.json");
      assert.equal(named && resolve(root, dirname(path), named), expected, path);
    }
  });
});
