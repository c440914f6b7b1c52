import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reloadPod } from "../../../commands/pod-reload.ts";
import { inSandbox, script } from "../toolchain/support.ts";

describe("a pod that is to have its own code again", () => {
  it("is left alone where it has it", () =>
    inSandbox(async (folder) => {
      // Does here what it is to have the pod do.
      await script(join(folder, "bin", "kubectl"), 'while [ "$1" != -- ]; do shift; done', "shift", 'exec "$@"');
      const reload = join(folder, "reload");
      const access = { flags: [], environment: { KNFLOW_RELOAD_DIR: reload } };
      const request = { namespace: "dev", pod: "pod", object: "shop/pay-own.zip", sha256: "own", back: true };
      assert.deepEqual(await reloadPod(access, request), { state: "reloaded" });
      await mkdir(reload);
      await writeFile(join(reload, "request"), "shop/pay-own.zip own\n");
      assert.deepEqual(await reloadPod(access, request), { state: "reloaded" });
      assert.deepEqual(await readdir(reload), ["request"]);
    }));
});
