import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { headCommit } from "../../../release/commit.ts";
import { digestsOf, releasedPackages, releasedWorkflows } from "../../../release/workflows.ts";
import { readWorkflows } from "../../../source/workflow-source.ts";
import { aRelease, digest } from "./support.ts";

describe("the workflows of a stack that runs a release", () => {
  const start = process.cwd();
  let project: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "knflow-released-"));
    await cp(join(import.meta.dirname, "../../../templates/python"), join(project, "functions/hello"), {
      recursive: true,
    });
    // As the program runs: in the project's folder.
    process.chdir(project);
    await git("init", "--quiet");
    await git("add", "--all");
    await git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "first");
  });
  afterEach(async () => {
    process.chdir(start);
    await rm(project, { recursive: true });
  });

  const git = (...args: string[]) => execa("git", args, { cwd: project });

  it("are the commit's, whatever is in the working tree, in a folder that does not change with it", async () => {
    const { workflows } = digestsOf(await readWorkflows("functions"));
    const release = aRelease(3, { commit: await headCommit("."), workflows });
    await writeFile("functions/hello/greet/main.py", "def handler(event): return {}\n");
    const read = await releasedWorkflows("prod", release, ".");
    assert.deepEqual(digestsOf(read), { workflows });
    assert.equal(read[0]?.functions[0]?.archive.source.folder, "tmp/releases/prod/tree/functions/hello/greet");
  });

  it("are refused where the commit gives another digest than the release says", async () => {
    const { workflows } = digestsOf(await readWorkflows("functions"));
    const other = { hello: { digest: workflows.hello?.digest ?? "", functions: { greet: { digest: digest("9") } } } };
    const release = aRelease(3, { commit: await headCommit("."), workflows: other });
    await assert.rejects(
      releasedWorkflows("prod", release, "."),
      /release 3 of stack prod \(releases\/prod\.yaml\) is not what its commit [0-9a-f]{40} gives:\n {2}hello\/greet: the release has sha256 9{12}…, the commit has sha256/,
    );
  });

  it("have the packages that the release says, by their lock files", async () => {
    await writeFile("functions/hello/greet/requirements.txt", "pillow==12.0.0\n");
    const workflows = await readWorkflows("functions");
    const dependencies = `dependencies/python312-${digest("d")}.zip`;
    const functions = { greet: { digest: digest("b"), dependencies } };
    const release = aRelease(1, { workflows: { hello: { digest: digest("a"), functions } } });
    const lock = workflows[0]?.functions[0]?.dependencies?.lockSha256 ?? "";
    assert.deepEqual([...releasedPackages(workflows, release)], [[lock, dependencies]]);
  });
});
