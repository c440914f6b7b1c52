import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readWholeTree } from "../archive/source-tree.ts";
import { packZip, sha256 } from "../archive/zip.ts";
import { cacheDir } from "../cluster/paths.ts";
import { withLock } from "../cluster/toolchain/lock.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";
import { dependencyKey, lockDigest, type DependencySpec, type DependencyTarget, type InstallSettings } from "./spec.ts";

/** Loaded where something is installed: an update only looks into the cache. */
const installers = {
  python: async () => (await import("./install-python.ts")).installPython,
  node: async () => (await import("./install-node.ts")).installNode,
};

/** An archive of installed packages. */
export interface DependencyArchive {
  /** The name on the volume: `dependencies/<runtime and version>-<sha256>.zip`. */
  readonly object: string;
  readonly sha256: string;
  /** Where it is in the cache. */
  readonly file: string;
  /** Its size in bytes. */
  readonly size: number;
}

/**
 * The archive of a lock file's packages: from the cache, or installed now.
 *
 * @param progress told of an installation
 * @throws UserError where a package cannot be installed, or the lock file changed since it was read
 */
export async function provideDependencies(
  spec: DependencySpec,
  target: DependencyTarget,
  settings: InstallSettings = {},
  progress?: Progress,
): Promise<DependencyArchive> {
  const entry = entryOf(spec, target);
  if (!existsSync(entry)) {
    const provide = (waiting: () => void) =>
      withLock(`${entry}.lock`, waiting, async () => {
        if (!existsSync(entry)) await install(spec, target, settings, entry);
      });
    await (progress === undefined
      ? provide(() => undefined)
      : progress.run(`install the packages of ${spec.lock}`, (step) =>
          provide(() => step.note("another function or process installs them")),
        ));
  }
  const found = cachedDependencies(spec, target);
  if (found === undefined) throw new Error(`${entry} holds no archive`);
  return found;
}

/** The archive of a lock file's packages, where this machine has it in its cache. */
export function cachedDependencies(spec: DependencySpec, target: DependencyTarget): DependencyArchive | undefined {
  const entry = entryOf(spec, target);
  const name = existsSync(entry) ? readdirSync(entry).find((one) => one.endsWith(".zip")) : undefined;
  if (name === undefined) return undefined;
  const digest = /([0-9a-f]{64})\.zip$/.exec(name)?.[1] ?? "";
  const file = join(entry, name);
  return { object: `dependencies/${name}`, sha256: digest, file, size: statSync(file).size };
}

function entryOf(spec: DependencySpec, target: DependencyTarget): string {
  return join(cacheDir(), "dependencies", dependencyKey(spec, target));
}

async function install(
  spec: DependencySpec,
  target: DependencyTarget,
  settings: InstallSettings,
  entry: string,
): Promise<void> {
  const digest = await lockDigest(spec.runtime, spec.lock).catch(() => undefined);
  if (digest !== spec.lockSha256) {
    throw new UserError(`${spec.lock} changed before its packages were installed; run the command again`);
  }
  const partial = `${entry}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(join(partial, "tree"), { recursive: true });
  const install = await installers[spec.runtime]();
  await install(spec.lock, target, join(partial, "tree"), settings);
  const zip = await packTree(join(partial, "tree"), spec);
  await rm(join(partial, "tree"), { recursive: true });
  // Python's version is told by the name, since compiled packages are for that one alone; the runtime compares it.
  const label = spec.runtime === "python" ? `python${target.pythonVersion.replace(".", "")}` : spec.runtime;
  await writeFile(join(partial, `${label}-${sha256(zip)}.zip`), zip);
  await rename(partial, entry);
}

async function packTree(tree: string, { lock }: DependencySpec): Promise<Buffer> {
  // A lock file may lock nothing for a platform, but an archive holds at least one file.
  if ((await readdir(tree)).length === 0) return packZip([{ path: ".nothing", content: Buffer.alloc(0) }]);
  try {
    return await packZip(await readWholeTree(tree, "ask for fewer or smaller ones"));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message.replaceAll(tree, `the packages of ${lock}`));
  }
}
