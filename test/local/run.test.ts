import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { examples } from "../examples.ts";

const root = join(import.meta.dirname, "..", "..");

describe("knflow run", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-run-"));
  });
  after(() => rm(folder, { recursive: true }));

  const run = (args: string[], input = "") =>
    execa(process.execPath, [join(root, "cli", "knflow.js"), "run", ...args], { cwd: folder, input, reject: false });

  for (const { workflow, name, input, output } of examples) {
    it(`runs ${name} with its functions and their packages, and writes the output alone`, async () => {
      const { stdout, stderr, exitCode } = await run([workflow, "--data", "@-"], JSON.stringify(input));
      // The first run of all installs packages, and says so.
      const told = stderr.split("\n").filter((line) => line !== "" && !/^[▸…✔] install the packages of /.test(line));
      assert.deepEqual([told, exitCode], [[], 0]);
      assert.deepEqual(JSON.parse(stdout), output);
    });
  }

  it("runs one function", async () => {
    const { stdout, exitCode } = await run(["wordcount/split", "--data", "@-"], '{"text": "one two"}');
    assert.deepEqual([JSON.parse(stdout), exitCode], [{ parts: ["one two"] }, 0]);
  });

  it("runs one function where a folder of its name is at hand, as in functions/", async () => {
    await mkdir(join(folder, "wordcount", "split"), { recursive: true });
    const { stdout, stderr } = await run(["wordcount/split", "--data", '{"text": "one two"}']);
    assert.deepEqual([stderr, JSON.parse(stdout)], ["", { parts: ["one two"] }]);
  });

  it("shows the logs on request, on standard error", async () => {
    const { stdout, stderr } = await run(["wordcount/split", "--logs", "--data", '{"text": "one two"}']);
    assert.deepEqual(JSON.parse(stdout), { parts: ["one two"] });
    assert.match(stderr, /wordcount\/split {2}call status=200/);
  });

  it("tells the problem of a run that faults on standard error, and fails", async () => {
    const { stdout, stderr, exitCode } = await run(["wordcount", "--data", '{"text": 5}']);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    const problem = JSON.parse(stderr) as Record<string, unknown>;
    assert.deepEqual(Object.keys(problem).sort(), ["detail", "instance", "status", "title", "type"]);
    assert.equal(problem.instance, "/do/0/split");
  });

  it("runs a file without functions", async () => {
    const file = join(folder, "greet.yaml");
    const document = "document: { dsl: 1.0.0, namespace: test, name: greet, version: 0.1.0 }\n";
    await writeFile(file, `${document}do:\n  - greet:\n      set:\n        greeting: \${ "hello " + .name }\n`);
    const { stdout, stderr } = await run(["greet.yaml", "--data", '{"name": "you"}']);
    assert.deepEqual([stderr, JSON.parse(stdout)], ["", { greeting: "hello you" }]);
  });

  it("runs what comes by a pipe, as by a shell's <(...)", async () => {
    const document = "document: { dsl: 1.0.0, namespace: test, name: seven, version: 0.1.0 }\n";
    await writeFile(join(folder, "seven"), `${document}do:\n  - seven:\n      set: { number: 7 }\n`);
    const command = `cat seven | "${process.execPath}" "${join(root, "cli", "knflow.js")}" run /dev/stdin --data '{}'`;
    const { stdout, stderr } = await execa("/bin/sh", ["-c", command], { cwd: folder });
    assert.deepEqual([stderr, JSON.parse(stdout)], ["", { number: 7 }]);
  });

  it("tells what is wrong in a file with its place", async () => {
    await writeFile(join(folder, "wrong.yaml"), "document: { dsl: 1.0.0 }\ndo:\n  - a:\n      nonsense: 1\n");
    const { stdout, stderr, exitCode } = await run(["wrong.yaml"]);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(stderr, /^error: wrong\.yaml:1:\d+: /);
    assert.match(stderr, /\nwrong\.yaml:3:\d+: /);
  });

  it("names the workflows there are where there is none of the name", async () => {
    const { stderr, exitCode } = await run(["nothing"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /there is no workflow "nothing" in .*functions; there are: .*wordcount/);
  });
});
