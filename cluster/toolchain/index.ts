import { mkdir, readlink, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { foundTool } from "./found.ts";
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
  /** The path of a binary. */
  path(binary: string): string;
}

/**
 * Provides tools: the user's own where their versions fit, else from the cache, else by download or build. Nothing is
 * printed for what is there.
 *
 * @throws UserError where one cannot be provided
 */
export async function ensureTools(names: ToolName[], progress: Progress): Promise<Toolchain> {
  const binDir = join(cacheDir(), "bin");
  await mkdir(binDir, { recursive: true });
  const tools = names.map(toolOf);
  for (const tool of tools.filter((one) => one.plugin === undefined)) {
    const folder = (await foundTool(tool)) ?? (await builtTool(tool)) ?? (await buildTool(tool, progress));
    for (const binary of Object.keys(tool.binaries)) await linkTo(join(folder, binary), join(binDir, binary));
  }
  const plugins = tools.filter((tool) => tool.plugin !== undefined);
  const pulumiHome = plugins.length === 0 ? undefined : await ensurePlugins(plugins, join(binDir, "pulumi"), progress);
  return {
    binDir,
    ...(pulumiHome === undefined ? {} : { pulumiHome }),
    path: (binary) => join(binDir, binary),
  };
}

/** Points a link at a file, atomically, so that a process that looks at the same time finds either. */
async function linkTo(target: string, path: string): Promise<void> {
  const current = await readlink(path).catch(() => undefined);
  if (current === target || target === path) return;
  const fresh = `${path}.${process.pid}`;
  await symlink(target, fresh);
  await rename(fresh, path);
}
