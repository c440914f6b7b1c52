import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { withLock } from "../../../cluster/toolchain/lock.ts";
import { inSandbox } from "./support.ts";

const lockModule = resolve(import.meta.dirname, "..", "..", "..", "cluster", "toolchain", "lock.ts");

/** Another process that holds the lock until it is killed. */
function otherHolder(file: string) {
  const code = `
    const { withLock } = await import(${JSON.stringify(lockModule)});
    await withLock(${JSON.stringify(file)}, () => undefined, async () => {
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  return execa(process.execPath, ["--input-type=module", "--eval", code], { reject: false });
}

describe("the lock", () => {
  it("keeps another process out, tells who waits, and ends with a holder that is killed", () =>
    inSandbox(async (folder) => {
      const file = join(folder, "new", "lock");
      const holder = otherHolder(file);
      await new Promise((done) => holder.stdout.once("data", done));
      const told = Promise.withResolvers<undefined>();
      let entered = false;
      const work = withLock(file, told.resolve as () => void, () => {
        entered = true;
        return Promise.resolve("done");
      });
      await told.promise;
      assert.ok(!entered);
      holder.kill("SIGKILL");
      assert.equal(await work, "done");
      await holder;
    }));

  it("is free again after work that failed", () =>
    inSandbox(async (folder) => {
      const file = join(folder, "lock");
      const never = () => assert.fail("nobody holds it");
      await assert.rejects(
        withLock(file, never, () => Promise.reject(new Error("failed"))),
        /failed/,
      );
      assert.equal(await withLock(file, never, () => Promise.resolve(1)), 1);
      assert.ok(existsSync(file));
    }));
});
