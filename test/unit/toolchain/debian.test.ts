import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { refuseRemovals } from "../../../cluster/toolchain/debian.ts";
import { withoutServiceStarts } from "../../../cluster/toolchain/service-starts.ts";
import { UserError } from "../../../console/errors.ts";
import { inSandbox, script } from "./support.ts";

describe("Debian packages", () => {
  it("are not installed where others would have to go, and these are named with the ways out", () => {
    // As apt-get of Debian 12 says it.
    const output = [
      "The following packages will be REMOVED:",
      "  containerd.io docker-ce",
      "  docker-ce-rootless-extras",
      "The following NEW packages will be installed:",
      "  containerd runc",
      "0 upgraded, 2 newly installed, 3 to remove and 136 not upgraded.",
      "E: Packages need to be removed but remove is disabled.",
    ].join("\n");
    assert.throws(
      () => refuseRemovals(["containerd", "runc"], output),
      (error) =>
        error instanceof UserError &&
        error.message.includes("remove others of this machine: containerd.io, docker-ce, docker-ce-rootless-extras.") &&
        error.message.includes("apt-get install containerd runc") &&
        error.message.includes("knflow:kubeconfig"),
    );
    assert.doesNotThrow(() => refuseRemovals(["runc"], "E: Unable to locate package runc\n"));
  });
});

describe("the services of packages that are installed", () => {
  const inHost = (work: (paths: { policy: string; units: string }, folder: string) => Promise<void>) =>
    inSandbox(async (folder) => {
      const paths = { policy: join(folder, "policy-rc.d"), units: join(folder, "units") };
      await mkdir(paths.units);
      await writeFile(join(paths.units, "nginx.service"), "");
      await script(join(folder, "bin", "systemctl"), `echo "$@" >>${folder}/systemctl.log`);
      await work(paths, folder);
    });

  it("are not started: a policy forbids it as long as the installation runs, and also ends with one that fails", () =>
    inHost(async (paths) => {
      const failing = withoutServiceStarts(async () => {
        assert.equal((await execa(paths.policy, ["nginx", "start"], { reject: false })).exitCode, 101);
        throw new Error("no network");
      }, paths);
      await assert.rejects(failing, /no network/);
      assert.ok(!existsSync(paths.policy));
    }));

  it("are not started at the next boot; those that were there before are left alone", () =>
    inHost(async (paths, folder) => {
      await withoutServiceStarts(() => writeFile(join(paths.units, "docker-registry.service"), ""), paths);
      assert.equal(await readFile(join(folder, "systemctl.log"), "utf8"), "disable docker-registry.service\n");
    }));

  it("follow the machine's own policy where it has one", () =>
    inHost(async (paths) => {
      await script(paths.policy, "exit 104");
      await withoutServiceStarts(async () => {
        assert.equal((await execa(paths.policy, [], { reject: false })).exitCode, 104);
      }, paths);
      assert.ok(existsSync(paths.policy));
    }));

  it("are forbidden nothing by the policy of a process that was killed", () =>
    inHost(async (paths) => {
      const module = join(import.meta.dirname, "..", "..", "..", "cluster", "toolchain", "service-starts.ts");
      const code = `
        const { withoutServiceStarts } = await import(${JSON.stringify(module)});
        await withoutServiceStarts(async () => process.kill(process.pid, "SIGKILL"), ${JSON.stringify(paths)});`;
      await execa(process.execPath, ["--input-type=module", "--eval", code], { reject: false });
      execFileSync(paths.policy);
      await withoutServiceStarts(() => Promise.resolve(), paths);
      assert.ok(!existsSync(paths.policy));
    }));
});
