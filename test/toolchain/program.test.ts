import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { pulumiEnvironment } from "../../cli/environment.ts";
import { clientTools, ensureTools } from "../../cluster/toolchain/index.ts";
import { createProgress } from "../../console/progress.ts";

const projectRoot = resolve(import.meta.dirname, "..", "..");

const program = `
import { local } from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

const text: Input<string> = new local.Command("command", { create: "echo made", triggers: [1] }).stdout;
const provider = new k8s.Provider("provider", { renderYamlToDirectory: "rendered" });
const map = new k8s.core.v1.ConfigMap("map", { metadata: { name: "map", namespace: "test" }, data: { text } }, { provider });
export const name = map.metadata.name;
export const stdout = text;
`;

// The versions of CLI, language host, SDK and plugins are not released together: this shows that they work together.
describe("the toolchain", () => {
  it("deploys a program in TypeScript that Node runs itself, without a warning", async () => {
    const folder = await mkdtemp(join(tmpdir(), "knflow-test-"));
    try {
      const toolchain = await ensureTools(clientTools, createProgress({ logDir: join(folder, "logs") }));
      await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
      await mkdir(join(folder, "state"));
      await writeFile(join(folder, "package.json"), '{ "type": "module" }');
      await writeFile(join(folder, "index.ts"), program);
      await writeFile(
        join(folder, "Pulumi.yaml"),
        "name: program\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
      );
      const pulumi = async (...args: string[]) =>
        (
          await execa("pulumi", [...args, "--non-interactive", "--color=never"], {
            cwd: folder,
            env: {
              ...pulumiEnvironment(toolchain, undefined),
              PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
              PULUMI_CONFIG_PASSPHRASE: "test",
            },
            all: true,
          })
        ).all;

      await pulumi("stack", "init", "test");
      const created = await pulumi("up", "--yes", "--skip-preview");
      assert.match(created, /\+ 4 created/);
      const again = await pulumi("up", "--yes");
      assert.match(again, /4 unchanged/);
      assert.deepEqual(JSON.parse(await pulumi("stack", "output", "--json")), { name: "map", stdout: "made" });
      const destroyed = await pulumi("destroy", "--yes", "--skip-preview");
      for (const output of [created, again, destroyed]) assert.doesNotMatch(output, /warning|experimental/i);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
