import { existsSync } from "node:fs";
import { cp, readFile, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { UserError } from "../console/errors.ts";
import { installerEnvironment } from "./installer-environment.ts";
import type { DependencyTarget, InstallSettings } from "./spec.ts";

const processors = { amd64: "x64", arm64: "arm64" } as const;

/**
 * Installs packages for the runtime's processor, whatever machine this is. Their install scripts do not run: they would build
 * for this machine.
 *
 * @param lock what npm writes as package-lock.json, with its package.json beside it
 * @param folder an empty folder; gets what would lie in node_modules
 * @throws UserError with npm's own reason
 */
export async function installNode(
  lock: string,
  { architecture }: DependencyTarget,
  folder: string,
  settings: InstallSettings,
): Promise<void> {
  const work = `${folder}.npm`;
  // .npmrc: a registry of the project's own.
  for (const file of ["package.json", ".npmrc"]) {
    const from = join(dirname(lock), file);
    if (existsSync(from)) await cp(from, join(work, file));
  }
  // Whatever the function's own is named, npm looks for this one.
  await cp(lock, join(work, "package-lock.json"));
  const locked = await readLock(lock);
  const args = [
    ...["ci", "--omit=dev", "--ignore-scripts", "--no-bin-links", "--no-audit", "--no-fund", "--loglevel=error"],
    ...["--os=linux", `--cpu=${processors[architecture]}`, "--libc=glibc"],
    ...(settings.npmRegistry === undefined ? [] : [`--registry=${settings.npmRegistry}`]),
  ];
  const env = installerEnvironment(settings.caBundle === undefined ? {} : { NODE_EXTRA_CA_CERTS: settings.caBundle });
  const result = await execa("npm", args, {
    ...{ cwd: work, env, extendEnv: false, all: true, reject: false },
    ...(settings.signal === undefined ? {} : { cancelSignal: settings.signal }),
  });
  if (result.failed) {
    throw new UserError(
      `the packages of ${lock} cannot be installed for Linux on ${architecture}:\n${npmReason(result.all)}`,
    );
  }
  await refuseUnbuilt(lock, work, locked);
  // npm makes no folder where nothing is locked.
  if (existsSync(join(work, "node_modules"))) {
    await rm(folder, { recursive: true });
    await rename(join(work, "node_modules"), folder);
    await rm(join(folder, ".package-lock.json"), { force: true });
  }
  await rm(work, { recursive: true });
}

interface Lock {
  readonly packages?: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

async function readLock(file: string): Promise<Lock> {
  let lock: Lock;
  try {
    lock = JSON.parse(await readFile(file, "utf8")) as Lock;
  } catch (error) {
    throw new UserError(`${file} is no JSON: ${(error as Error).message}`);
  }
  for (const [path, { link, resolved }] of Object.entries(lock.packages ?? {})) {
    if (link !== true) continue;
    throw new UserError(
      `${file}: ${nameOf(path)} is the folder ${resolved ?? ""}; knflow installs what registries have: publish it there, ` +
        "or put its files into the function's folder",
    );
  }
  return lock;
}

/** Packages that are compiled when they are installed, and come without what was compiled before. */
async function refuseUnbuilt(file: string, work: string, { packages = {} }: Lock): Promise<void> {
  for (const [path, { hasInstallScript, optional }] of Object.entries(packages)) {
    if (hasInstallScript !== true || optional === true || !existsSync(join(work, path, "binding.gyp"))) continue;
    const files = await readdir(join(work, path), { recursive: true });
    if (files.some((name) => name.endsWith(".node"))) continue;
    throw new UserError(
      `${file}: ${nameOf(path)} is compiled by its install script, which knflow does not run: it would compile for this ` +
        "machine; take a package that comes compiled",
    );
  }
}

/** "node_modules/a/node_modules/@b/c" is @b/c. */
function nameOf(path: string): string {
  return path.split("node_modules/").at(-1) ?? path;
}

/** npm's reason, without its help on the command and where its own log is. */
function npmReason(output: string): string {
  const [reason = ""] = output.split(/^npm error (?:Clean install a project|A complete log of this run).*$/m);
  const lines = reason.split("\n").map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== "" && line !== "npm error")
    .slice(0, 20)
    .join("\n");
}
