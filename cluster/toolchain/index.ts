import { randomUUID } from "node:crypto";
import { link, mkdir, rename, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { foundTool, ownBinDir } from "./found.ts";
import { buildTool, builtTool } from "./go-build.ts";
import { ensurePlugins } from "./plugins.ts";
import { toolOf, type ToolName } from "./tools.ts";

export { ensureDebianPackages } from "./debian.ts";
export { clientTools, clusterTools, type ToolName } from "./tools.ts";

/** Tools that are ready to use. */
export interface Toolchain {
  /** The folder with links to all binaries, to be put on PATH first. */
  readonly binDir: string;
  /** The Pulumi home with the plugins; undefined where the user's own has them all. */
  readonly pulumiHome?: string;
  /** The path of a binary; for those asked for, the file itself, which another clone's choice of versions leaves as it is. */
  path(binary: string): string;
}

/**
 * Provides tools: the user's own where their versions fit, else from the cache, else by download or build. Nothing is
 * printed for what is there.
 *
 * @throws UserError where one cannot be provided
 */
export async function ensureTools(names: ToolName[], progress: Progress): Promise<Toolchain> {
  const binDir = ownBinDir();
  await mkdir(binDir, { recursive: true });
  const tools = names.map(toolOf);
  const files = new Map<string, string>();
  for (const tool of tools.filter((one) => one.plugin === undefined)) {
    const folder = (await foundTool(tool)) ?? (await builtTool(tool)) ?? (await buildTool(tool, progress));
    for (const binary of Object.keys(tool.binaries)) {
      files.set(binary, join(folder, binary));
      await linkTo(join(folder, binary), join(binDir, binary));
    }
  }
  const plugins = tools.filter((tool) => tool.plugin !== undefined);
  const pulumiHome =
    plugins.length === 0
      ? undefined
      : await ensurePlugins(plugins, files.get("pulumi") ?? join(binDir, "pulumi"), progress);
  return {
    binDir,
    ...(pulumiHome === undefined ? {} : { pulumiHome }),
    path: (binary) => files.get(binary) ?? join(binDir, binary),
  };
}

/**
 * Puts a binary into the folder, atomically, so that a process that looks at the same time finds the old or the new.
 * One of the cache gets a second name rather than a link: Pulumi looks for its language host beside its own file, and
 * warns about one that it finds on PATH alone.
 */
async function linkTo(target: string, path: string): Promise<void> {
  if (target === path || (await isSame(target, path))) return;
  const fresh = `${path}.${randomUUID()}`;
  if (target.startsWith(cacheDir())) await link(target, fresh);
  else await symlink(target, fresh);
  await rename(fresh, path);
  // Where another caller was quicker, both are names of one file, and a rename then leaves both.
  await rm(fresh, { force: true });
}

async function isSame(target: string, path: string): Promise<boolean> {
  const [wanted, present] = await Promise.all([stat(target), stat(path).catch(() => undefined)]);
  return present !== undefined && wanted.ino === present.ino && wanted.dev === present.dev;
}
