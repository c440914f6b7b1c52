import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Progress } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { foundPlugin, userPulumiHome } from "./found.ts";
import { buildTool, builtTool } from "./go-build.ts";
import type { Tool } from "./tools.ts";

/** How long Pulumi's own download may try; where the network refuses, it answers at once. */
const downloadTimeout = 120_000;

/** The Pulumi home that knflow fills itself, so that the user's own stays as it is. */
export function ownPulumiHome(): string {
  return join(cacheDir(), "pulumi-home");
}

/**
 * Provides resource plugins: the user's where all are there, else a home of knflow's own, filled by Pulumi's download
 * or, where that is refused, by a build.
 *
 * @param pulumi the CLI that downloads them
 * @returns the Pulumi home to use; undefined where the user's has them all
 */
export async function ensurePlugins(
  tools: readonly Tool[],
  pulumi: string,
  progress: Progress,
): Promise<string | undefined> {
  if (tools.every((tool) => foundPlugin(tool, userPulumiHome()) !== undefined)) return undefined;
  for (const tool of tools) {
    if (foundPlugin(tool, ownPulumiHome()) !== undefined) continue;
    const users = foundPlugin(tool, userPulumiHome());
    if (users !== undefined) await link(users, tool);
    else if ((await builtTool(tool)) !== undefined || !(await download(tool, pulumi))) {
      await install(tool, (await builtTool(tool)) ?? (await buildTool(tool, progress)));
    }
  }
  return ownPulumiHome();
}

async function download(tool: Tool, pulumi: string): Promise<boolean> {
  const result = await execa(pulumi, ["plugin", "install", "resource", tool.plugin ?? "", tool.version], {
    env: {
      PULUMI_HOME: ownPulumiHome(),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
    stdin: "ignore",
    timeout: downloadTimeout,
    reject: false,
  });
  return !result.failed && foundPlugin(tool, ownPulumiHome()) !== undefined;
}

function pluginFolder(tool: Tool): string {
  return join(ownPulumiHome(), "plugins", `resource-${tool.plugin}-v${tool.version}`);
}

async function link(folder: string, tool: Tool): Promise<void> {
  await mkdir(join(ownPulumiHome(), "plugins"), { recursive: true });
  if (!existsSync(pluginFolder(tool))) await symlink(folder, pluginFolder(tool));
}

async function install(tool: Tool, binaries: string): Promise<void> {
  const folder = pluginFolder(tool);
  const fresh = `${folder}-${process.pid}.new`;
  await mkdir(fresh, { recursive: true });
  await cp(join(binaries, tool.name), join(fresh, tool.name));
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}
