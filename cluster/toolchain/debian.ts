import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { Progress, Step } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { withLock } from "./lock.ts";

/**
 * Installs the Debian packages that are missing; does nothing and prints nothing where all are there.
 *
 * @throws UserError where they cannot be installed, with the way to do it by hand
 */
export async function ensureDebianPackages(names: string[], progress: Progress): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new UserError(
      `Debian packages are missing (${missing.join(", ")}) and only root can install them; run: sudo ${byHand(missing)}`,
    );
  }
  await progress.run(`install Debian packages: ${missing.join(", ")}`, async (step) => {
    const waiting = () => step.note("another process installs packages; waiting");
    // apt-get waits for another install, but not for another update of its lists.
    await withLock(join(cacheDir(), "debian.lock"), waiting, () => install(missing, step));
  });
}

async function install(names: readonly string[], step: Step): Promise<void> {
  const log = { file: step.log, append: true };
  const apt = (...args: string[]) =>
    execa("apt-get", ["-o", "DPkg::Lock::Timeout=120", "--yes", ...args], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "ignore",
      stdout: log,
      stderr: log,
      reject: false,
    });
  const attempt = () => apt("install", "--no-install-recommends", ...names);
  // The lists may be old or not there at all; fetching them first would cost time where they are good.
  if (!(await attempt()).failed) return;
  await apt("update");
  if ((await attempt()).failed) {
    throw new UserError(`Debian packages cannot be installed; the log is ${step.log}. By hand: ${byHand(names)}`);
  }
}

const byHand = (names: readonly string[]) => `apt-get install ${names.join(" ")}`;

async function missingPackages(names: string[]): Promise<string[]> {
  const result = await execa("dpkg-query", ["--show", "--showformat", "${Package} ${db:Status-Status}\n", ...names], {
    reject: false,
  });
  if (result.code === "ENOENT") {
    throw new UserError(
      "this is no Debian (dpkg-query is not there); the embedded cluster and the tests need Debian 12 or later",
    );
  }
  const installed = new Set(
    result.stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}
