import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { Progress, Step } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { noDebugInformation, seldomCollected } from "./go-environment.ts";
import { withLock } from "./lock.ts";
import type { Tool } from "./tools.ts";

const clusterFolder = join(import.meta.dirname, "..");
const neededGo = [1, 24] as const;
/** Free space that a build may need: the modules, the compiler's cache and the binary. */
const neededBytes = 6 * 1024 ** 3;

/** Names the cache entry of a tool by all that goes into its build. */
export async function cacheKey(tool: Tool): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([tool.binaries, tool.variables ?? {}, tool.embeds ?? {}]));
  const root = join(clusterFolder, tool.module);
  const files = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`\0${file.slice(root.length)}\0`).update(await readFile(file));
  return `${tool.name}-${tool.version}-${hash.digest("hex").slice(0, 12)}`;
}

/** The folder with a tool's binaries, or undefined where it was not built yet. */
export async function builtTool(tool: Tool): Promise<string | undefined> {
  const folder = join(cacheDir(), "toolchain", await cacheKey(tool), "bin");
  return existsSync(folder) ? folder : undefined;
}

/** Builds of this process that are under way, by what they make. */
const underWay = new Map<string, Promise<string>>();

/**
 * Builds a tool into the cache. Concurrent callers build once, in this process and in others; an interrupted build goes on from Go's own cache.
 *
 * @returns the folder with its binaries
 * @throws UserError where Go, disk space or a module is missing, or the build fails
 */
export async function buildTool(tool: Tool, progress: Progress): Promise<string> {
  const entry = join(cacheDir(), "toolchain", await cacheKey(tool));
  const building = underWay.get(entry) ?? build(tool, entry, progress).finally(() => underWay.delete(entry));
  underWay.set(entry, building);
  return building;
}

async function build(tool: Tool, entry: string, progress: Progress): Promise<string> {
  const title = `build ${tool.name} ${tool.version} (about ${tool.minutes} min)`;
  return progress.run(title, async (step) => {
    const waiting = () => step.note("waiting for another build to end");
    // One build at a time: each uses all cores, and linking two big binaries at once may take all memory.
    return withLock(join(cacheDir(), "toolchain", "build.lock"), waiting, async () => {
      if (existsSync(entry)) return join(entry, "bin");
      await checkGo();
      await checkSpace(step);
      const partial = `${entry}.partial`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(join(partial, "bin"), { recursive: true });
      // A copy, so that no build ever writes into the clone.
      const source = join(partial, "src");
      await cp(join(clusterFolder, tool.module), source, { recursive: true });
      await copyEmbeds(tool, source, step);
      for (const [binary, pkg] of Object.entries(tool.binaries)) {
        step.note(`compiling ${binary}`);
        await compile(tool, source, pkg, join(partial, "bin", binary), step);
      }
      await rm(source, { recursive: true });
      await rename(partial, entry);
      return join(entry, "bin");
    });
  });
}

async function compile(tool: Tool, source: string, pkg: string, output: string, step: Step): Promise<void> {
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-trimpath", "-ldflags", ["-s", "-w", ...variables].join(" ")];
  await go(tool, source, ["build", ...flags, "-o", output, pkg], step);
}

async function copyEmbeds(tool: Tool, source: string, step: Step): Promise<void> {
  if (!tool.embeds) return;
  const { module, folder, files } = tool.embeds;
  const listed = await go(tool, source, ["mod", "download", "-json", module], step);
  const { Dir: root } = JSON.parse(listed) as { Dir: string };
  for (const file of files) await cp(join(root, folder, file), join(source, file));
}

/** Runs go in a tool's module, with its words in the step's log, and gives its standard output. */
async function go(tool: Tool, source: string, args: readonly string[], step: Step): Promise<string> {
  const result = await execa("go", args, {
    cwd: source,
    env: {
      CGO_ENABLED: "0",
      GOFLAGS: `-mod=readonly -buildvcs=false ${noDebugInformation}`,
      GOWORK: "off",
      ...seldomCollected,
    },
    stdin: "ignore",
    stdout: ["pipe", { file: step.log, append: true }],
    stderr: { file: step.log, append: true },
    reject: false,
  });
  if (!result.failed) return result.stdout;
  throw new UserError(buildFailure(tool, await readFile(step.log, "utf8"), step.log));
}

/** What to tell of a build that failed, by what Go wrote. */
export function buildFailure(tool: Pick<Tool, "name" | "version">, output: string, log: string): string {
  const what = `${tool.name} ${tool.version} cannot be built`;
  const refused = /^.*(?:\breading https?:|\bGet "https?:|\bdial tcp\b|: verifying ).*$/m.exec(output);
  if (refused) {
    return (
      `${what}, since a Go module cannot be downloaded: ${refused[0].trim()}; ` +
      `check that the Go module proxy is reachable ("go env GOPROXY" names it)`
    );
  }
  const old = /^.*requires go >= (\S+).*$/m.exec(output);
  if (old) {
    return (
      `${what} by this Go: ${old[0].trim()}; install Go ${old[1]} or later (https://go.dev/doc/install), ` +
      `or let Go download it: go env -w GOTOOLCHAIN=auto`
    );
  }
  if (/no space left on device/.test(output)) return `${what}: the disk is full; free some space and run it again`;
  return `${what}; the compiler's words are above and in ${log}`;
}

async function checkGo(): Promise<void> {
  const result = await execa("go", ["env", "GOVERSION"], { reject: false });
  const fix = `install Go ${neededGo.join(".")} or later and put it on PATH (https://go.dev/doc/install)`;
  if (result.failed) throw new UserError(`Go is not on PATH, and tools have to be built; ${fix}`);
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(result.stdout) ?? [];
  if (Number(major) < neededGo[0] || (Number(major) === neededGo[0] && Number(minor) < neededGo[1])) {
    throw new UserError(`Go ${result.stdout.slice(2)} is too old to build the tools; ${fix}`);
  }
}

/** Looks at every disk that a build writes to: knflow's cache, the compiler's cache and the modules. */
async function checkSpace(step: Step): Promise<void> {
  step.note("looking at the free space");
  const { stdout } = await execa("go", ["env", "-json", "GOCACHE", "GOMODCACHE"]);
  for (const folder of [cacheDir(), ...Object.values(JSON.parse(stdout) as Record<string, string>)]) {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= neededBytes) continue;
    throw new UserError(
      `${folder} has ${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB left, building the tools takes up to ` +
        `${neededBytes / 1024 ** 3} GiB; free some, or set XDG_CACHE_HOME to a folder on a larger disk`,
    );
  }
}
