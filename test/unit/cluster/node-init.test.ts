import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { execa } from "execa";
import { layoutOf } from "../../../cluster/embedded/layout.ts";
import { addressesOf } from "../../../cluster/embedded/network.ts";
import { nodeInit } from "../../../cluster/embedded/node-init.ts";

/** Runs a part of the node's first script in a folder that stands for the machine's root. */
async function run(root: string, part: RegExp, before = ""): Promise<{ stdout: string; stderr: string }> {
  const script = nodeInit(layoutOf("unit"), { ...addressesOf(3), gatewayPort: 8080 }, [], "/bin/network-policies");
  const text = part.exec(script)?.[0] ?? assert.fail(`nothing like ${part.source} in the script`);
  return execa("sh", ["-eux", "-c", before + text.replaceAll(/\/(?:sys|etc)\//g, (path) => root + path)]);
}

describe("the node's first script", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "knflow-unit-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  describe("on cgroup version 2", () => {
    const part = /^if \[ -f \/sys\/fs\/cgroup\/cgroup\.controllers[^]*?^fi$/m;

    beforeEach(async () => {
      await mkdir(join(root, "sys/fs/cgroup/knflow-unit"), { recursive: true });
      await writeFile(join(root, "sys/fs/cgroup/cgroup.controllers"), "cpuset cpu io memory pids rdma misc\n");
      await writeFile(join(root, "sys/fs/cgroup/knflow-unit/cgroup.controllers"), "");
    });

    it("hands the root's controllers down before the instance's cgroup is made, as far as the root has them", async () => {
      const { stderr } = await run(root, part);
      const before = stderr.slice(0, stderr.indexOf("mkdir"));
      const handedDown = [...before.matchAll(/^\+ echo \+(\w+)$/gm)].map((match) => match[1]);
      assert.deepEqual(handedDown, ["cpu", "cpuset", "memory", "pids", "io"]);
    });

    it("goes on where the root hands nothing down", async () => {
      await mkdir(join(root, "sys/fs/cgroup/cgroup.subtree_control"));
      await run(root, part);
      assert.equal(await readFile(join(root, "sys/fs/cgroup/knflow-unit/node/cgroup.procs"), "utf8"), "0\n");
    });
  });

  describe("puts its nameservers", () => {
    const part = /^target=[^]*?^mount .*$/m;
    const mount = `mount() { [ -e "$3" ] && echo "$3"; }\n`;

    it("where resolv.conf leads, be it into a /run that is empty", async () => {
      await mkdir(join(root, "etc"));
      await symlink("../run/systemd/resolve/stub-resolv.conf", join(root, "etc/resolv.conf"));
      assert.equal((await run(root, part, mount)).stdout, join(root, "run/systemd/resolve/stub-resolv.conf"));
    });

    it("onto a resolv.conf that is a file, whose content stays", async () => {
      await mkdir(join(root, "etc"));
      await writeFile(join(root, "etc/resolv.conf"), "nameserver 10.0.0.1\n");
      assert.equal((await run(root, part, mount)).stdout, join(root, "etc/resolv.conf"));
      assert.equal(await readFile(join(root, "etc/resolv.conf"), "utf8"), "nameserver 10.0.0.1\n");
    });
  });
});
