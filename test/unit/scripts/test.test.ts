import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { Clone } from "../cli/clone.ts";

describe("npm test", function () {
  this.timeout(90_000);
  let clone: Clone;
  beforeEach(() => {
    clone = new Clone();
    clone.pulumi("exit 1");
  });
  afterEach(() => clone.remove());

  function suite(name: string, tests: string) {
    clone.write(`test/${name}/.mocharc.json`, JSON.stringify({ spec: [`test/${name}/*.test.ts`], extension: ["ts"] }));
    clone.write(`test/${name}/some.test.ts`, `import assert from "node:assert/strict";\n${tests}`);
  }

  function runTests(parts: string[]) {
    const script = join(clone.root, "scripts", "test.ts");
    return execa(process.execPath, [script, ...parts], { env: { ...clone.environment, CI: "1" }, reject: false });
  }

  it("shows what mocha prints, and ends with the numbers of all suites", async () => {
    suite("unit", 'describe("sums", () => { it("adds", () => assert.equal(1 + 1, 2)); it("too", () => undefined); });');
    suite("toolchain", 'it("runs", () => undefined);');
    const { stdout, exitCode } = await runTests(["toolchain", "unit"]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /▸ unit tests\n/);
    assert.match(stdout, /▸ toolchain tests\n/);
    assert.ok(stdout.lastIndexOf("unit") < stdout.lastIndexOf("toolchain"), "the table has the parts in their order");
    assert.match(stdout, / sums\n {4}✔ adds( \(\d+ms\))?\n {4}✔ too( \(\d+ms\))?\n/);
    assert.equal(stdout.split("\n").at(-1), "3 passed, 0 failed");
  });

  it("goes on after a failure, names it at the end and fails", async () => {
    suite("unit", 'describe("sums", () => it("adds", () => assert.equal(1 + 1, 3)));');
    suite(
      "toolchain",
      'describe("tools", () => { before(() => { throw new Error("no"); }); it("runs", () => undefined); });',
    );
    const { stdout, exitCode } = await runTests(["unit", "toolchain"]);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^✗ unit: sums adds\n {2}Expected values to be strictly equal:\n {2}2 !== 3\n✗ toolchain: tools "before all" hook for "runs"\n {2}no\n/m,
    );
    assert.equal(stdout.split("\n").at(-1), "0 passed, 2 failed");
  });

  it("counts a suite that breaks off, and one that exits early, as failed", async () => {
    suite("unit", "process.exit(0);");
    const { stdout, exitCode } = await runTests(["unit"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /^✗ unit: the unit tests broke off/m);
    assert.equal(stdout.split("\n").at(-1), "0 passed, 1 failed");
  });

  it("shows what a check found, and counts it", async () => {
    clone.write("unformatted.ts", "const   a=1");
    clone.write(".prettierignore", "*\n!unformatted.ts\n");
    const { stdout, exitCode } = await runTests(["format"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /│ \[warn\] unformatted\.ts/);
    assert.equal(stdout.split("\n").at(-1), "0 passed, 1 failed");
  });

  it("refuses a part that there is not", async () => {
    const { stderr, exitCode } = await runTests(["unti"]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: npm test has no part "unti"; it has: format, lint, types, browser-types, unit, /);
  });
});
