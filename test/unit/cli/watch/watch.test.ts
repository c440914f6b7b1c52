import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { writeReleases } from "../../../../release/write-releases.ts";
import { aRelease } from "../../release/support.ts";
import { Clone } from "../clone.ts";

describe("knflow watch", function () {
  this.timeout(90_000);

  it("refuses a stack that runs a release: nothing but a promotion changes its code", async () => {
    const clone = new Clone();
    try {
      clone.write("Pulumi.prod.yaml", "config:\n  knflow:context: prod\n");
      await writeReleases("prod", clone.root, { current: 2, releases: [aRelease(2)] });
      const { stderr, exitCode } = await execa(
        process.execPath,
        [join(clone.root, "cli/knflow.js"), "watch", "--stack", "prod"],
        { env: clone.environment, reject: false },
      );
      assert.match(
        stderr,
        /stack prod runs release 2 of releases\/prod\.yaml, .*"npx knflow promote <from-stack> prod"/,
      );
      assert.equal(exitCode, 1);
    } finally {
      clone.remove();
    }
  });

  it("refuses a workflow that there is not, and names those that there are", async () => {
    const clone = new Clone();
    try {
      clone.write("Pulumi.mine.yaml", "config:\n  knflow:context: mine\n  knflow:externalIp: 192.0.2.10\n");
      clone.write("functions/shop/workflow.yaml", "");
      const { stderr, exitCode } = await execa(
        process.execPath,
        [join(clone.root, "cli/knflow.js"), "watch", "shp", "--stack", "mine"],
        { env: clone.environment, cwd: clone.root, reject: false },
      );
      assert.match(stderr, /there is no workflow "shp" in functions; there is: shop; did you mean "shop"\?/);
      assert.equal(exitCode, 1);
    } finally {
      clone.remove();
    }
  });
});
