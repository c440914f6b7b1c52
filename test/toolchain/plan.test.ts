import assert from "node:assert/strict";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readWorkflows } from "../../source/workflow-source.ts";
import { createProgram, projectRoot, type TestProgram } from "./support/program.ts";

/** A program that only has outputs: those that a file holds. */
const text = `
import { readFileSync } from "node:fs";

export default () => JSON.parse(readFileSync("outputs.json", "utf8"));
`;

interface Plan {
  readonly changes: readonly { name: string; change: string; from?: string; to?: string }[];
}

describe("knflow plan", () => {
  let program: TestProgram;
  const stack = "plan-test";
  const old = "a".repeat(64);

  before(async () => {
    program = await createProgram(text);
    // The state of a project of this one's name, so that the command finds the stack.
    await writeFile(
      join(program.folder, "Pulumi.yaml"),
      "name: knflow\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
    );
    await program.pulumi(["stack", "init", stack]);
  });
  after(() => program.remove());

  function plan(args: readonly string[], input = "", cwd = projectRoot, project = projectRoot) {
    return execa(process.execPath, [join(project, "cli", "knflow.js"), "plan", "--stack", stack, ...args], {
      cwd,
      env: {
        PULUMI_BACKEND_URL: `file://${join(program.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        KUBECONFIG: "/dev/null",
      },
      input,
      reject: false,
    });
  }

  /** What the program deploys of this project, as its outputs have it. */
  async function deployed(): Promise<
    Record<string, { digest: string; functions: Record<string, { digest: string }> }>
  > {
    const workflows = await readWorkflows(join(projectRoot, "functions"));
    return Object.fromEntries(
      workflows.map(({ name, archive, functions }) => [
        name,
        {
          digest: archive.sha256,
          functions: Object.fromEntries(functions.map((fn) => [fn.name, { digest: fn.archive.sha256 }])),
        },
      ]),
    );
  }

  async function deploy(workflows: unknown): Promise<void> {
    await writeFile(join(program.folder, "outputs.json"), JSON.stringify({ workflows }));
    await program.pulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
  }

  it("adds everything where nothing was deployed", async () => {
    const { stdout } = await plan(["--json"]);
    const { changes } = JSON.parse(stdout) as Plan;
    const functions = Object.entries(await deployed()).flatMap(([name, workflow]) => [
      name,
      ...Object.keys(workflow.functions).map((fn) => `${name}/${fn}`),
    ]);
    assert.deepEqual(
      changes.map(({ name, change }) => [name, change]),
      functions.sort().map((name) => [name, "added"]),
    );
  });

  it("finds no change in what was deployed, wherever it is started", async () => {
    await deploy(await deployed());
    const { stdout, stderr, exitCode } = await plan([], "", program.folder);
    assert.match(stdout, /^stack plan-test: no code and no definition changes\n/);
    assert.deepEqual([stderr, exitCode], ["", 0]);
  });

  it("tells what an update would change by the stack's last outputs alone", async () => {
    const workflows = await deployed();
    const current = workflows.wordcount?.functions.count?.digest;
    Object.assign(workflows.wordcount?.functions ?? {}, { count: { digest: old }, gone: { digest: old } });
    delete workflows.wordcount?.functions.merge;
    await deploy(workflows);
    const { stdout } = await plan([]);
    const rows = stdout.split("\n").filter((line) => / wordcount| trip| topwords| thumbnails/.test(line));
    assert.deepEqual(
      rows.map((line) => line.split(/ +/).slice(0, 2)),
      [
        ["changed", "wordcount/count"],
        ["removed", "wordcount/gone"],
        ["added", "wordcount/merge"],
      ],
    );
    assert.match(stdout, new RegExp(`^changed +wordcount/count +a{12} +${current?.slice(0, 12)}$`, "m"));
  });

  it("takes outputs that somebody else wrote down, and says where they are none", async () => {
    const outputs = await program.pulumi(["stack", "output", "--json", "--stack", stack]);
    const { stdout } = await plan(["--markdown", "--outputs", "-"], outputs);
    assert.match(stdout, /^<!-- knflow plan: plan-test -->\n.*: 1 changed, 1 added, 1 removed/);
    const file = join(program.folder, "no-outputs.json");
    for (const [content, problem] of [
      ["{", /no-outputs\.json \(--outputs\) is not JSON/],
      ['{"version": 3, "deployment": {}}', /no-outputs\.json \(--outputs\) has no outputs of a knflow stack/],
      ['{"workflows": {"a": {"digest": "1", "functions": {}}}}', /have a sha256 as "digest"/],
    ] as const) {
      await writeFile(file, content);
      const refused = await plan(["--outputs", file]);
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, problem);
    }
    assert.match((await plan(["--outputs", "/no/such"])).stderr, /\/no\/such \(--outputs\) cannot be read/);
  });

  it("refuses files that are wrong, with every problem of all of them", async () => {
    const clone = join(program.folder, "clone");
    const left = ["node_modules", ".git", "functions", "test"].map((entry) => join(projectRoot, entry));
    await cp(projectRoot, clone, { recursive: true, filter: (path) => !left.includes(path) });
    await symlink(join(projectRoot, "node_modules"), join(clone, "node_modules"));
    await mkdir(join(clone, "flows", "orders", "pay"), { recursive: true });
    await writeFile(join(clone, `Pulumi.${stack}.yaml`), "config: { knflow:functions: flows }\n");
    await writeFile(join(clone, "flows", "orders", "workflow.yaml"), "do: []\n");
    await writeFile(join(clone, "flows", "orders", "pay", "function.yaml"), "runtime: cobol\n");
    const refused = await plan(["--outputs", "-"], "{}", clone, clone);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /flows\/orders\/workflow\.yaml:1:1: `document`.*\n.*workflow\.yaml:1:1: `do`/);
    assert.match(refused.stderr, /flows\/orders\/pay\/function\.yaml:1:1: runtime: must be/);
    assert.equal(refused.stdout, "");
  });

  it("refuses a stack that is not there, and --json with --markdown", async () => {
    const refused = await plan(["--stack", "no-such-stack"]);
    assert.equal(refused.exitCode, 1);
    assert.match(
      refused.stderr,
      /^error: the outputs of stack no-such-stack cannot be read; .* has no configuration here; .*no stack named/,
    );
    assert.equal((await plan(["--json", "--markdown"])).exitCode, 2);
  });
});
