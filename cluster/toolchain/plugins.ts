import { randomUUID } from "node:crypto";
import { lstatSync, readlinkSync } from "node:fs";
import { mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { EnvHttpProxyAgent, request } from "undici";
import type { Progress } from "../../console/progress.ts";
import { foundPlugin, ownPulumiHome, pluginFolder, userPulumiHome } from "./found.ts";
import { buildTool, builtTool } from "./go-build.ts";
import { makePulumiHome } from "./pulumi-home.ts";
import type { Tool } from "./tools.ts";

/** Pulumi's own download retries for ten seconds where the host cannot be reached, so that is asked first. */
const probeMilliseconds = 2500;
const downloadMilliseconds = 300_000;

/**
 * Provides resource plugins: the user's where all are there, else a home of knflow's own, filled by Pulumi's download
 * or, where that cannot be had, by a build.
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
    const users = foundPlugin(tool, userPulumiHome());
    if (users !== undefined) await fillPlugin(tool, users);
    else if (!isDownloaded(tool)) await downloadOrBuild(tool, pulumi, progress);
  }
  await makePulumiHome(ownPulumiHome());
  return ownPulumiHome();
}

/**
 * Puts a plugin's binary into a Pulumi home by a link, so that a new build replaces an older one of the same version.
 * The folder is a real one, since Pulumi passes over plugin folders that are links.
 */
export async function fillPlugin(tool: Tool, binaries: string, home = ownPulumiHome()): Promise<void> {
  const folder = pluginFolder(tool, home);
  const target = join(binaries, tool.name);
  if (linkTarget(join(folder, tool.name)) === target) return;
  await mkdir(folder, { recursive: true });
  const fresh = join(folder, `${tool.name}.${randomUUID()}`);
  await symlink(target, fresh);
  await rename(fresh, join(folder, tool.name));
}

async function downloadOrBuild(tool: Tool, pulumi: string, progress: Progress): Promise<void> {
  const built = await builtTool(tool);
  if (built !== undefined) return fillPlugin(tool, built);
  if ((await isOffered(tool)) && (await download(tool, pulumi, progress))) return;
  return fillPlugin(tool, await buildTool(tool, progress));
}

/** Whether knflow's own home holds the released plugin, rather than a link to a build. */
function isDownloaded(tool: Tool): boolean {
  const folder = foundPlugin(tool, ownPulumiHome());
  return folder !== undefined && linkTarget(join(folder, tool.name)) === undefined;
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

/** Whether the release can be reached; false on every failure, and nothing of that is remembered. */
async function isOffered(tool: Tool): Promise<boolean> {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = `${tool.name}-v${tool.version}-${process.platform}-${architecture}.tar.gz`;
  const dispatcher = new EnvHttpProxyAgent();
  try {
    const { statusCode, body } = await request(`https://get.pulumi.com/releases/plugins/${file}`, {
      method: "HEAD",
      dispatcher,
      signal: AbortSignal.timeout(probeMilliseconds),
    });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  } finally {
    // Closing would wait for a connection that is still being made.
    void dispatcher.destroy();
  }
}

async function download(tool: Tool, pulumi: string, progress: Progress): Promise<boolean> {
  return progress.run(`download ${tool.name} ${tool.version}`, async (step) => {
    const log = { file: step.log, append: true };
    const result = await execa(pulumi, ["plugin", "install", "resource", tool.plugin ?? "", tool.version], {
      env: { PULUMI_HOME: ownPulumiHome(), PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdin: "ignore",
      stdout: log,
      stderr: log,
      timeout: downloadMilliseconds,
      reject: false,
    });
    if (result.failed) step.note("failed; it is built instead");
    return !result.failed && isDownloaded(tool);
  });
}
