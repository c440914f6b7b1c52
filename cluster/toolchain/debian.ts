import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { Progress, Step } from "../../console/progress.ts";
import { cacheDir } from "../paths.ts";
import { withLock } from "./lock.ts";
import { withoutServiceStarts } from "./service-starts.ts";

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
      // What it says is read below.
      env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
      stdin: "ignore",
      stdout: log,
      stderr: log,
      reject: false,
    });
  const attempt = async () => {
    const { failed } = await withoutServiceStarts(() =>
      // What knflow needs is no reason to take away what the user has.
      apt("install", "--no-install-recommends", "--no-remove", ...names),
    );
    if (failed) refuseRemovals(names, await readFile(step.log, "utf8"));
    return !failed;
  };
  // The lists may be old or not there at all; fetching them first would cost time where they are good.
  if (await attempt()) return;
  await apt("update");
  if (!(await attempt())) {
    throw new UserError(`Debian packages cannot be installed; the log is ${step.log}. By hand: ${byHand(names)}`);
  }
}

/** @throws UserError where apt-get's words say that packages of the user's would have to go */
export function refuseRemovals(names: readonly string[], output: string): void {
  if (!output.includes("Packages need to be removed but remove is disabled")) return;
  const list = /^The following packages will be REMOVED:\n((?: .*\n)+)/m.exec(output)?.[1];
  const removed = list?.trim().split(/\s+/).join(", ") ?? "packages that conflict";
  throw new UserError(
    `Debian packages are missing (${names.join(", ")}), and to install them would remove others of this machine: ` +
      `${removed}. If those can go, do it by hand: ${byHand(names)}; else run knflow in a Linux machine of its own, ` +
      `such as a VM, or use another cluster by its kubeconfig (set knflow:kubeconfig and knflow:context)`,
  );
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
