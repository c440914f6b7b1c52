import { cp, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { pulumiBackendFolder, pulumiEnvironment } from "../../cli/environment.ts";
import { projectRoot } from "../../cli/root.ts";
import type { Instance } from "../../cluster/embedded/instance.ts";
import { instanceDir } from "../../cluster/paths.ts";
import type { Toolchain } from "../../cluster/toolchain/index.ts";
import { BenchStack } from "./stack.ts";

const stackFile = /^Pulumi\..+\.yaml$/;
/** What no update reads. */
const ownFolders = /^(functions|releases|docs|test|bench)\//;

/** A copy of the project whose functions are the benchmark's. It is the instance's, as is its stacks' state: a purge takes both. */
export class BenchProject {
  readonly folder: string;
  readonly instance: Instance;
  /** Of pulumi and of all that it runs. */
  readonly environment: Record<string, string>;

  private constructor(folder: string, instance: Instance, environment: Record<string, string>) {
    this.folder = folder;
    this.instance = instance;
    this.environment = environment;
  }

  static async create(instance: Instance, toolchain: Toolchain): Promise<BenchProject> {
    const folder = join(instanceDir(instance.name), "bench-project");
    await mkdir(folder, { recursive: true });
    // Of the stacks' settings, which also hold what their secrets are encrypted by, nothing is lost.
    const stale = (await readdir(folder)).filter((name) => !stackFile.test(name));
    await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true })));
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { stdout } = await execa("git", list, { cwd: projectRoot });
    for (const file of stdout
      .split("\0")
      .filter((path) => path !== "" && !ownFolders.test(path) && !stackFile.test(path))) {
      if (!existsSync(join(projectRoot, file))) continue;
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await cp(join(projectRoot, file), join(folder, file));
    }
    await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    await mkdir(pulumiBackendFolder(instance.name), { recursive: true, mode: 0o700 });
    // As for somebody who has set none of these: the state is the instance's.
    const unset = { PULUMI_BACKEND_URL: undefined, PULUMI_CONFIG_PASSPHRASE: undefined };
    const environment = pulumiEnvironment(toolchain, instance, { ...process.env, ...unset });
    return new BenchProject(folder, instance, environment);
  }

  /** A stack of the project by these settings; made where it is not there yet. */
  async stack(name: string, config: Record<string, unknown>): Promise<BenchStack> {
    const stack = new BenchStack(this, name);
    const file = join(this.folder, `Pulumi.${name}.yaml`);
    const before = existsSync(file) ? (parse(await readFile(file, "utf8")) as object) : {};
    const settings = { "knflow:embedded": this.instance.name, "knflow:functions": stack.functions, ...config };
    await writeFile(file, stringify({ ...before, config: settings }));
    await stack.pulumi("stack", "select", "--create");
    return stack;
  }
}
