import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../../../cli/root.ts";
import { headCommit } from "../../../../release/commit.ts";
import { writeReleases } from "../../../../release/write-releases.ts";
import { digestsOf } from "../../../../release/workflows.ts";
import { readWorkflows } from "../../../../source/workflow-source.ts";
import { aRelease } from "../../release/support.ts";
import { Clone } from "../clone.ts";

describe("knflow plan, of a stack that runs a release", () => {
  let clone: Clone;
  before(() => {
    clone = new Clone();
    cpSync(join(projectRoot, "templates/python"), join(clone.root, "functions/hello"), { recursive: true });
  });
  after(() => clone.remove());

  const git = (...args: string[]) => execa("git", args, { cwd: clone.root });

  async function changes(stack: string, outputs: unknown): Promise<unknown> {
    const { stdout } = await execa(
      process.execPath,
      [join(clone.root, "cli/knflow.js"), "plan", "--stack", stack, "--outputs", "-", "--json"],
      { cwd: clone.folder, env: clone.environment, input: JSON.stringify(outputs) },
    );
    return (JSON.parse(stdout) as { changes: unknown }).changes;
  }

  it("goes by the release's commit; of other stacks by the working tree", async () => {
    await git("init", "--quiet");
    await git("add", "functions");
    await git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "first");
    const released = digestsOf(await readWorkflows(join(clone.root, "functions")));
    const commit = await headCommit(clone.root);
    const releases = { current: 1, releases: [aRelease(1, { commit, ...released })] };
    await writeReleases("prod", clone.root, releases);
    clone.write("functions/hello/greet/main.py", "def handler(event): return {}\n");
    const { workflows } = digestsOf(await readWorkflows(join(clone.root, "functions")));

    assert.deepEqual(await changes("prod", released), []);
    assert.deepEqual(await changes("dev", released), [
      {
        name: "hello/greet",
        change: "changed",
        from: released.workflows.hello?.functions.greet?.digest,
        to: workflows.hello?.functions.greet?.digest,
      },
    ]);
  });
});
