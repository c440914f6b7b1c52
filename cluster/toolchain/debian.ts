import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { Progress } from "../../console/progress.ts";

/**
 * Installs the Debian packages that are missing; does nothing and prints nothing where all are there.
 *
 * @throws UserError where they cannot be installed, with the way to do it by hand
 */
export async function ensureDebianPackages(names: string[], progress: Progress): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  const byHand = `apt-get install ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) {
    throw new UserError(
      `Debian packages are missing (${missing.join(", ")}) and only root can install them; run: sudo ${byHand}`,
    );
  }
  await progress.run(`install Debian packages: ${missing.join(", ")}`, async (step) => {
    const log = { file: step.log, append: true };
    const apt = (...args: string[]) =>
      execa("apt-get", ["-o", "DPkg::Lock::Timeout=120", "--yes", ...args], {
        env: { DEBIAN_FRONTEND: "noninteractive" },
        stdin: "ignore",
        stdout: log,
        stderr: log,
        reject: false,
      });
    const install = () => apt("install", "--no-install-recommends", ...missing);
    // The lists may be old or not there at all; fetching them first would cost time where they are good.
    if (!(await install()).failed) return;
    await apt("update");
    if ((await install()).failed)
      throw new UserError(`Debian packages cannot be installed; the log is ${step.log}. By hand: ${byHand}`);
  });
}

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
