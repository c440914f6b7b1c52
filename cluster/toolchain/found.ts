import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../paths.ts";
import type { Tool } from "./tools.ts";

/** The oldest Pulumi CLI that is taken; older ones were not tried. A newer major version may do anything. */
export const oldestPulumi = [3, 215] as const;
/** The oldest kubectl that fits: what knflow asks of it has been there long, but its exec must speak WebSockets. */
export const oldestKubectl = [1, 30] as const;

/** The folder of a tool of the user's own that fits, or undefined. */
export async function foundTool(tool: Tool): Promise<string | undefined> {
  switch (tool.name) {
    case "pulumi":
      return foundPulumi();
    case "pulumi-language-nodejs": {
      // The language host belongs to its CLI: it is taken from beside one that fits.
      const folder = await foundPulumi();
      if (folder === undefined) return undefined;
      const folders = [folder, dirname(realpathSync(join(folder, "pulumi")))];
      return folders.find((one) => existsSync(join(one, tool.name)));
    }
    case "kubectl":
      return foundKubectl();
    default:
      return undefined;
  }
}

/**
 * The user's own crane, which is good enough to copy images. Those of the embedded cluster are made by the one that knflow
 * builds, since other versions may make other digests.
 */
export async function foundCrane(): Promise<string | undefined> {
  const path = onPath("crane");
  if (path === undefined) return undefined;
  const { failed } = await execa(path, ["copy", "--help"], { reject: false, timeout: 10_000 });
  return failed ? undefined : path;
}

/** The folder of a plugin of exactly this version in a Pulumi home, or undefined. */
export function foundPlugin(tool: Tool, home: string): string | undefined {
  const folder = pluginFolder(tool, home);
  return existsSync(join(folder, tool.name)) && !existsSync(`${folder}.partial`) ? folder : undefined;
}

/** Where a Pulumi home keeps a plugin. */
export function pluginFolder(tool: Tool, home: string): string {
  return join(home, "plugins", `resource-${tool.plugin}-v${tool.version}`);
}

/** The user's own Pulumi home; it is read, never written. */
export function userPulumiHome(): string {
  const home = process.env.PULUMI_HOME;
  // `knflow env` puts knflow's own home there; what that one holds must still be brought up to date.
  return home && resolve(home) !== ownPulumiHome() ? home : join(homedir(), ".pulumi");
}

/** The Pulumi home that knflow fills itself, so that the user's own stays as it is. */
export function ownPulumiHome(): string {
  return join(cacheDir(), "pulumi-home");
}

/** The folder with links to the tools in use. */
export function ownBinDir(): string {
  return join(cacheDir(), "bin");
}

/** Whether a version such as "v3.250.0" is at least that old and of the same major version. */
export function fits(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^v?(\d+)\.(\d+)\./.exec(version.trim());
  return match !== null && Number(match[1]) === major && Number(match[2]) >= minor;
}

async function foundPulumi(): Promise<string | undefined> {
  const path = onPath("pulumi");
  if (path === undefined) return undefined;
  const { stdout, failed } = await execa(path, ["version"], {
    reject: false,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return !failed && fits(stdout, oldestPulumi) ? dirname(path) : undefined;
}

async function foundKubectl(): Promise<string | undefined> {
  const path = onPath("kubectl");
  if (path === undefined) return undefined;
  // What Google's SDK has under this name asks the cluster for its version before each command, and waits seconds for
  // one that is away.
  if (realpathSync(path).includes("google-cloud-sdk")) return undefined;
  const { stdout, failed } = await execa(path, ["version", "--client", "--output=json"], { reject: false });
  if (failed) return undefined;
  try {
    const { clientVersion } = JSON.parse(stdout) as { clientVersion?: { gitVersion?: string } };
    return fits(clientVersion?.gitVersion ?? "", oldestKubectl) ? dirname(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The first such program on PATH that is not knflow's own: `knflow env` puts those on PATH as well. */
function onPath(binary: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder === "" || resolve(folder) === ownBinDir()) continue;
    const path = join(folder, binary);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
