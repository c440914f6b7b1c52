import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { versions } from "../../cluster/versions.ts";
import { readReleases } from "../../release/releases-file.ts";
import { writeReleases } from "../../release/write-releases.ts";
import { copyProject } from "../project-copy.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { aRelease } from "../unit/release/support.ts";
import { FakeTools } from "./support/fake-tools.ts";

describe("knflow rollback", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-rollback-"));
    await copyProject(join(folder, "project"), (file) => !/^(docs|bench)\//.test(file));
  });
  after(() => rm(folder, { recursive: true }));

  it("that is interrupted before it changes anything leaves the release in force that was", async () => {
    const [project, began] = [join(folder, "project"), join(folder, "began")];
    const tools = new FakeTools(join(folder, "bin"));
    await tools.add(
      "pulumi",
      `case "$1" in version) echo v${versions.pulumi};; preview) cp "$KNFLOW_RELEASES" "${began}"; sleep 60;; esac`,
    );
    await tools.add("kubectl", `echo '{"clientVersion":{"gitVersion":"v${versions.kubernetes}"}}'`);
    await writeReleases("prod", project, { current: 2, releases: [aRelease(2, { before: 1 }), aRelease(1)] });
    const current = async () => (await readReleases("prod", project))?.current;

    const knflow = execa(process.execPath, ["cli/knflow.js", "rollback", "prod", "--yes"], {
      cwd: project,
      env: { PATH: tools.path, XDG_CACHE_HOME: join(folder, "cache") },
      reject: false,
      // A terminal's Ctrl-C reaches all that was started.
      detached: true,
    });
    await waitFor("the preview to begin", () => (existsSync(began) && readFileSync(began, "utf8")) || undefined);
    assert.equal((await readReleases("prod", project, began))?.current, 1, "the preview is one of the earlier release");
    assert.equal(await current(), 2, "and no file of the project names it yet");
    process.kill(-(knflow.pid ?? 0), "SIGINT");
    const { exitCode, stderr } = await knflow;
    assert.equal(exitCode, 130, stderr);
    assert.match(stderr, /error: nothing was changed$/);
    assert.equal(await current(), 2);
  });
});
