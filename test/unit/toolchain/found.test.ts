import assert from "node:assert/strict";
import { existsSync, lstatSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fits,
  foundCrane,
  foundPlugin,
  foundTool,
  oldestPulumi,
  ownBinDir,
  ownPulumiHome,
  userPulumiHome,
} from "../../../cluster/toolchain/found.ts";
import { ensurePlugins, fillPlugin } from "../../../cluster/toolchain/plugins.ts";
import { toolOf } from "../../../cluster/toolchain/tools.ts";
import { inSandbox, quietProgress, script } from "./support.ts";

const command = toolOf("pulumi-resource-command");
const pluginPath = ["plugins", `resource-command-v${command.version}`, command.name];

describe("the user's own tools", () => {
  it("fit from a version on, within the major version", () => {
    for (const version of ["v3.215.0", "3.250.0\n", "v3.999.1-alpha"]) assert.ok(fits(version, oldestPulumi), version);
    for (const version of ["v3.214.9", "v4.0.0", "v2.300.0", "", "dev"])
      assert.ok(!fits(version, oldestPulumi), version);
  });

  it("are taken where they fit, with the language host beside the CLI", () =>
    inSandbox(async (folder) => {
      const bin = join(folder, "bin");
      const find = (name: "pulumi" | "pulumi-language-nodejs") => foundTool(toolOf(name));
      assert.equal(await find("pulumi"), undefined);
      await script(join(bin, "pulumi"), "echo v3.100.0");
      assert.equal(await find("pulumi"), undefined, "too old");
      await script(join(bin, "pulumi"), "exit 1");
      assert.equal(await find("pulumi"), undefined, "broken");

      await script(join(folder, "opt", "pulumi"), "echo v3.240.0");
      await script(join(folder, "opt", "pulumi-language-nodejs"));
      await symlink(join(folder, "opt"), join(folder, "linked"));
      process.env.PATH = `${join(folder, "linked")}:${process.env.PATH}`;
      assert.equal(await find("pulumi"), join(folder, "linked"));
      assert.equal(await find("pulumi-language-nodejs"), join(folder, "linked"));
    }));

  it("are no kubectl that is too old, or that asks the cluster before each command", () =>
    inSandbox(async (folder) => {
      const taken = async (version: string, path = join(folder, "bin", "kubectl")) => {
        await script(path, `echo '{"clientVersion":{"gitVersion":"${version}"}}'`);
        return (await foundTool(toolOf("kubectl"))) !== undefined;
      };
      assert.ok(await taken("v1.34.2"));
      assert.ok(await taken("v1.30.0+k3s1"));
      assert.ok(!(await taken("v1.29.9")));
      await rm(join(folder, "bin", "kubectl"));
      await symlink(join(folder, "google-cloud-sdk", "kubectl"), join(folder, "bin", "kubectl"));
      assert.ok(!(await taken("v1.32.4-dispatcher", join(folder, "google-cloud-sdk", "kubectl"))));
    }));

  it("are a crane on PATH that works", () =>
    inSandbox(async (folder) => {
      const crane = join(folder, "bin", "crane");
      assert.equal(await foundCrane(), undefined);
      await script(crane, "exit 1");
      assert.equal(await foundCrane(), undefined);
      await script(crane, "echo 0.20.2");
      assert.equal(await foundCrane(), crane);
    }));

  it("are not knflow's own links, which `knflow env` puts on PATH", () =>
    inSandbox(async () => {
      await script(join(ownBinDir(), "pulumi"), "echo v3.240.0");
      process.env.PATH = `${ownBinDir()}:/usr/bin:/bin`;
      assert.equal(await foundTool(toolOf("pulumi")), undefined);
      process.env.PULUMI_HOME = ownPulumiHome();
      assert.notEqual(userPulumiHome(), ownPulumiHome());
    }));

  it("are plugins of exactly the version, whose installation was finished; their home stays as it is", () =>
    inSandbox(async (folder) => {
      process.env.PULUMI_HOME = join(folder, "mine");
      await script(join(folder, "mine", "plugins", "resource-command-v1.2.0", command.name));
      assert.equal(foundPlugin(command, userPulumiHome()), undefined);
      await script(join(folder, "mine", ...pluginPath));
      await writeFile(join(folder, "mine", "plugins", `resource-command-v${command.version}.partial`), "");
      assert.equal(foundPlugin(command, userPulumiHome()), undefined);

      process.env.PULUMI_HOME = join(folder, "whole");
      await script(join(folder, "whole", ...pluginPath));
      assert.equal(await ensurePlugins([command], "no-pulumi", quietProgress(folder)), undefined);
      assert.ok(!existsSync(ownPulumiHome()));
    }));
});

describe("knflow's own Pulumi home", () => {
  it("holds plugins in real folders, and follows a new build of the same version", () =>
    inSandbox(async (folder) => {
      const plugin = join(ownPulumiHome(), ...pluginPath);
      for (const build of ["old", "new", "new"]) {
        await mkdir(join(folder, build), { recursive: true });
        await writeFile(join(folder, build, command.name), build);
        await fillPlugin(command, join(folder, build));
        assert.equal(await readFile(plugin, "utf8"), build);
      }
      assert.ok(lstatSync(join(plugin, "..")).isDirectory(), "Pulumi passes over folders that are links");
    }));

  it("keeps a downloaded plugin", () =>
    inSandbox(async (folder) => {
      await script(join(ownPulumiHome(), ...pluginPath));
      const progress = quietProgress(folder);
      assert.equal(await ensurePlugins([command], "no-pulumi", progress), ownPulumiHome());
      assert.deepEqual(progress.titles, []);
    }));
});
