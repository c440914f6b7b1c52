import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Package {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly version?: string;
}

interface Lock {
  readonly packages: Record<string, Package>;
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

describe("the executor's packages", () => {
  const root = read<Package>("package.json");
  const executor = read<Package>("runtimes/workflow/package.json");
  const lock = read<Lock>("runtimes/workflow/package-lock.json");

  it("have the version that is tested here", () => {
    const tested = { ...root.devDependencies, ...root.dependencies };
    for (const [name, version] of Object.entries(executor.dependencies ?? {})) {
      assert.equal(version, tested[name], `${name} in runtimes/workflow/package.json and in package.json`);
    }
  });

  it("are locked at that version", () => {
    assert.deepEqual(lock.packages[""]?.dependencies, executor.dependencies);
    for (const [name, version] of Object.entries(executor.dependencies ?? {})) {
      assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
    }
  });

  it("are few: what checks definitions at preview stays out of the image", () => {
    const names = Object.keys(lock.packages).filter((name) => name !== "");
    const validator = [
      "ajv",
      "ajv-formats",
      "fast-deep-equal",
      "fast-uri",
      "json-schema-traverse",
      "require-from-string",
    ];
    const database = [
      "pg",
      "pg-cloudflare",
      "pg-connection-string",
      "pg-int8",
      "pg-pool",
      "pg-protocol",
      "pg-types",
      "pgpass",
      "postgres-array",
      "postgres-bytea",
      "postgres-date",
      "postgres-interval",
      "split2",
      "xtend",
    ];
    const expected = [...validator, ...database, "jq-web", "undici", "yaml"].map((name) => `node_modules/${name}`);
    assert.deepEqual(names.toSorted(), expected.toSorted());
  });
});
