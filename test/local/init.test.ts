import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../cli/root.ts";

/** What a project has for its tests and for whoever reads it. */
const leftOut = new Set([".git", "docs", "functions", "node_modules", "test", "tmp"]);

describe("knflow init", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "knflow-test-init-"));
    for (const entry of readdirSync(projectRoot).filter((name) => !leftOut.has(name))) {
      cpSync(join(projectRoot, entry), join(folder, entry), { recursive: true });
    }
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "functions"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const knflow = (...args: string[]) =>
    execa(process.execPath, [join(folder, "cli", "knflow.js"), ...args], { cwd: folder, reject: false });

  for (const [language, file] of [
    ["python", "main.py"],
    ["node", "main.ts"],
  ] as const) {
    it(`makes a workflow in ${language} that gives what its example says`, async () => {
      const name = `orders-${language}`;
      const made = await knflow("init", name, "--language", language);
      assert.deepEqual([made.exitCode, made.stderr], [0, ""]);
      const files = [
        "examples/input.json",
        "examples/output.json",
        "greet/function.yaml",
        `greet/${file}`,
        "workflow.yaml",
      ];
      const lines = made.stdout.split("\n");
      assert.deepEqual(
        lines.slice(0, 5),
        files.map((one) => `  functions/${name}/${one}`),
      );
      const [, command = ""] = /npx knflow (run .*)$/m.exec(made.stdout) ?? [];
      const { stdout, stderr } = await knflow(...command.split(" "));
      assert.equal(stderr, "");
      const expected = readFileSync(join(folder, "functions", name, "examples", "output.json"), "utf8");
      assert.deepEqual(JSON.parse(stdout), JSON.parse(expected));
      assert.match(
        readFileSync(join(folder, "functions", name, "workflow.yaml"), "utf8"),
        new RegExp(`^  name: ${name}$`, "m"),
      );
    });
  }

  it("leaves what is there alone, and takes no name that cannot be", async () => {
    mkdirSync(join(folder, "functions", "taken"));
    const refusals = {
      taken: "error: functions/taken is there already; choose another name, or remove it",
      "../x": 'error: "../x" is no valid name: lower-case letters',
      ["a".repeat(55)]: "is too long: with its function it is 61 characters, of which there may be 57",
    };
    for (const [name, message] of Object.entries(refusals)) {
      const { stderr, exitCode } = await knflow("init", name);
      assert.equal(exitCode, 1);
      assert.ok(stderr.includes(message), stderr);
    }
  });
});
