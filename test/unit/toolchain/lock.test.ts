import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { withLock } from "../../../cluster/toolchain/lock.ts";
import { withToldLock } from "../../../cluster/toolchain/told-lock.ts";
import { inSandbox, quietProgress } from "./support.ts";

const lockModule = resolve(import.meta.dirname, "..", "..", "..", "cluster", "toolchain", "lock.ts");

/** Another process, in a group of its own, that holds the lock until it is killed; SIGINT alone does not end it. */
function otherHolder(file: string) {
  const code = `
    const { withLock } = await import(${JSON.stringify(lockModule)});
    process.on("SIGINT", () => console.log("interrupted"));
    await withLock(${JSON.stringify(file)}, () => undefined, async () => {
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  return execa(process.execPath, ["--input-type=module", "--eval", code], { reject: false, detached: true });
}

describe("the lock", () => {
  it("keeps another process out, tells who waits, and ends with a holder that is killed", () =>
    inSandbox(async (folder) => {
      const file = join(folder, "new", "lock");
      const holder = otherHolder(file);
      await once(holder.stdout, "data");
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

  it("outlasts an interrupt from the terminal, which goes to the whole process group", () =>
    inSandbox(async (folder) => {
      const file = join(folder, "lock");
      const holder = otherHolder(file);
      await once(holder.stdout, "data");
      process.kill(-(holder.pid ?? assert.fail("it has no process")), "SIGINT");
      await once(holder.stdout, "data");
      const { exitCode } = await execa("flock", ["--nonblock", file, "true"], { reject: false });
      assert.equal(exitCode, 1, "somebody else could take it");
      holder.kill("SIGKILL");
      await holder;
    }));

  it("lets work end whose holder of the lock was killed", () =>
    inSandbox(async (folder) => {
      const file = join(folder, "lock");
      const work = withLock(
        file,
        () => assert.fail("nobody holds it"),
        async () => {
          await execa("pkill", ["-KILL", "-x", "-f", `flock --exclusive ${file} .*`]);
          await delay(100);
          return "done";
        },
      );
      assert.equal(await work, "done");
    }));

  it("is waited for in a step of its own, where another process has it", () =>
    inSandbox(async (folder) => {
      const file = join(folder, "lock");
      const progress = quietProgress(folder);
      const holder = otherHolder(file);
      await once(holder.stdout, "data");
      const work = withToldLock(file, "wait for another process", progress, () => Promise.resolve("done"));
      while (progress.titles.length === 0) await delay(50);
      holder.kill("SIGKILL");
      assert.equal(await work, "done");
      await holder;
      assert.equal(await withToldLock(file, "wait again", progress, () => Promise.resolve("done")), "done");
      assert.deepEqual(progress.titles, ["wait for another process"]);
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
