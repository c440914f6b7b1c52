import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { pulumiBackendFolder, pulumiEnvironment } from "../../cli/environment.ts";
import type { Instance } from "../../cluster/embedded/instance.ts";
import { instanceDir } from "../../cluster/paths.ts";
import type { Toolchain } from "../../cluster/toolchain/index.ts";
import { copyProject } from "../../test/project-copy.ts";
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
    await copyProject(folder, (file) => !ownFolders.test(file) && !stackFile.test(file));
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
