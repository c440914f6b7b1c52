import { cp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { UserError } from "../console/errors.ts";
import type { DependencyTarget, InstallSettings } from "./spec.ts";

const processors = { amd64: "x64", arm64: "arm64" } as const;

/**
 * Installs packages for the runtime's processor, whatever machine this is. Their install scripts do not run: they would build
 * for this machine.
 *
 * @param lock a package-lock.json, with its package.json beside it
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
  for (const file of ["package.json", "package-lock.json"]) {
    await cp(join(dirname(lock), file), join(work, file));
  }
  const args = [
    ...["ci", "--omit=dev", "--ignore-scripts", "--no-bin-links", "--no-audit", "--no-fund", "--loglevel=error"],
    ...["--os=linux", `--cpu=${processors[architecture]}`, "--libc=glibc"],
    ...(settings.npmRegistry === undefined ? [] : [`--registry=${settings.npmRegistry}`]),
  ];
  const env = settings.caBundle === undefined ? {} : { NODE_EXTRA_CA_CERTS: settings.caBundle };
  const result = await execa("npm", args, { cwd: work, env, all: true, reject: false });
  if (result.failed) {
    const lines = result.all.trim().split("\n");
    throw new UserError(
      `the packages of ${lock} cannot be installed for Linux on ${architecture}:\n${lines.slice(-12).join("\n")}`,
    );
  }
  await rm(folder, { recursive: true });
  await rename(join(work, "node_modules"), folder);
  await rm(join(folder, ".package-lock.json"), { force: true });
  await rm(work, { recursive: true });
}
