import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureTools } from "../../cluster/toolchain/index.ts";
import { versions } from "../../cluster/versions.ts";
import { createProgress } from "../../console/progress.ts";
import { readAction, readWorkflow, type CiStep } from "./support/ci-job.ts";
import { projectRoot } from "./support/program.ts";

const names = ["preview", "deploy", "promote", "rollback"];

describe("the workflows of GitHub Actions", () => {
  let steps: CiStep[];
  before(async () => {
    const workflows = await Promise.all(names.map(readWorkflow));
    const { runs } = await readAction("./.github/actions/prepare");
    steps = [...workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps)), ...runs.steps];
  });

  it("are all found right by actionlint", async () => {
    const logDir = await mkdtemp(join(tmpdir(), "knflow-test-"));
    try {
      const actionlint = (await ensureTools(["actionlint"], createProgress({ logDir }))).path("actionlint");
      const files = (await readdir(join(projectRoot, ".github", "workflows"))).sort();
      assert.deepEqual(files, names.map((name) => `${name}.yml`).sort());
      const { all, exitCode } = await execa(
        actionlint,
        ["-no-color", "-shellcheck=", "-pyflakes=", ...files.map((file) => `.github/workflows/${file}`)],
        { cwd: projectRoot, all: true, reject: false },
      );
      assert.equal(exitCode, 0, all);
    } finally {
      await rm(logDir, { recursive: true });
    }
  });

  it("take others' actions by commit, and the versions that the project pins", () => {
    const foreign = steps.filter(({ uses }) => uses !== undefined && !uses.startsWith("./"));
    for (const { uses } of foreign) assert.match(uses ?? "", /@[0-9a-f]{40}$/);
    const given = Object.fromEntries(
      foreign.flatMap((step) => Object.entries(step.with ?? {})).map(([key, value]) => [key, String(value)]),
    );
    assert.equal(given["pulumi-version"], versions.pulumi);
    assert.equal(given["node-version"], process.versions.node);
  });

  it("put no expression into a script, where a branch's name would be code", () => {
    for (const { run } of steps) assert.doesNotMatch(run ?? "", /\$\{\{/);
  });

  it("may do no more than they have to", async () => {
    const allowed = Object.fromEntries(
      await Promise.all(
        names.map(async (name) => {
          const { permissions, jobs } = await readWorkflow(name);
          assert.deepEqual(permissions, {});
          return [name, Object.fromEntries(Object.entries(jobs).map(([job, it]) => [job, it.permissions]))] as const;
        }),
      ),
    );
    assert.deepEqual(allowed, {
      preview: { plan: { contents: "read", "pull-requests": "write" }, preview: { contents: "read" } },
      deploy: { deploy: { contents: "read" } },
      promote: { promote: { contents: "write" } },
      rollback: { rollback: { contents: "write" } },
    });
  });

  it("update a stack once at a time, and cut no update off", async () => {
    const stacks = { deploy: "vars.KNFLOW_STACK", promote: "inputs.to", rollback: "inputs.stack" };
    for (const [name, stack] of Object.entries(stacks)) {
      const { concurrency } = await readWorkflow(name);
      assert.deepEqual(concurrency, { group: `stack-\${{ ${stack} }}`, "cancel-in-progress": false });
    }
  });
});
