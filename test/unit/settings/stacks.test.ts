import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { embeddedInstanceName, stackSettings } from "../../../cli/stack.ts";
import { settingDeclarations, settingsTable } from "../../../settings/declarations.ts";
import { resolveSettings } from "../../../settings/index.ts";
import { readKeys } from "../../../settings/read.ts";

const root = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the project's settings", () => {
  const { config } = parse(read("Pulumi.yaml")) as {
    config: Record<string, { description: string; default: unknown }>;
  };

  it("are declared in Pulumi.yaml as the program checks them", () => {
    assert.deepEqual(config, settingDeclarations(), "run: npm run settings");
  });

  it("stand in the README", () => {
    assert.ok(read("README.md").includes(`\n${settingsTable()}\n`), "run: npm run settings");
  });

  it("all have a type, a description and a default, and these defaults are the program's", () => {
    for (const [key, { description }] of Object.entries(config)) assert.ok(description, key);
    // As Pulumi hands them over to the program.
    const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    const defaults = Object.entries(config).map(([key, declared]) => [
      key.replace("knflow:", ""),
      text(declared.default),
    ]);
    assert.deepEqual(readKeys(Object.fromEntries(defaults) as Record<string, string>), readKeys({}));
  });
});

describe("the embedded cluster that a stack is for", () => {
  let folder: string;
  const named = (config: string) => {
    writeFileSync(join(folder, "Pulumi.mine.yaml"), `config:\n${config}`);
    return embeddedInstanceName("mine", folder);
  };

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "knflow-stack-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the one that its configuration names, and none where that is empty or not there", () => {
    assert.equal(named("  knflow:embedded: other\n"), "other");
    assert.equal(named(`  knflow:embedded: ""\n  knflow:context: mine\n`), undefined);
    assert.equal(named("  knflow:context: mine\n"), undefined);
  });

  for (const declared of [
    "knflow:embedded:\n    type: string\n    default: ours",
    "knflow:embedded:\n    value: ours",
    "knflow:embedded: ours",
    "embedded: ours",
  ]) {
    it(`is the project's default where the stack's configuration says nothing of it: ${declared}`, () => {
      writeFileSync(join(folder, "Pulumi.yaml"), `config:\n  ${declared}\n`);
      assert.equal(named("  knflow:domain: example.com\n"), "ours");
      assert.equal(named("  knflow:embedded: other\n"), "other");
      assert.equal(named(`  knflow:embedded: ""\n`), undefined);
    });
  }
});

describe("the stacks dev, staging and prod", () => {
  const settings = (stack: string) => resolveSettings(stackSettings(stack), stack, { context: stack });

  it("have settings without a mistake, that differ where environments do", () => {
    const [dev, staging, prod] = [settings("dev"), settings("staging"), settings("prod")];
    const differ = (what: string, ...values: unknown[]) =>
      assert.equal(new Set(values.map((value) => JSON.stringify(value))).size, 3, what);
    differ("namespace", dev.namespace, staging.namespace, prod.namespace);
    differ("address", dev.gateway, staging.gateway, prod.gateway);
    differ("code volume", dev.codeVolume, staging.codeVolume, prod.codeVolume);
    differ("log level", dev.logLevel, staging.logLevel, prod.logLevel);
    assert.deepEqual([dev.scale, staging.scale, prod.scale], [{}, {}, { min: 1, max: 20 }]);
    assert.deepEqual([dev.protect, staging.protect, prod.protect], [false, false, true]);
  });

  it("but dev have no embedded cluster: a context of the user's is chosen by its name", () => {
    assert.equal(stackSettings("dev").embedded, "dev");
    for (const stack of ["staging", "prod"]) {
      const { embedded, context } = stackSettings(stack);
      assert.deepEqual({ embedded, context }, { embedded: undefined, context: stack });
    }
  });
});
