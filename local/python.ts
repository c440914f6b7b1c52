import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../cluster/paths.ts";
import { withLock } from "../cluster/toolchain/lock.ts";
import type { Progress } from "../console/progress.ts";
import { findPython, providePip, runPip } from "../dependencies/pip.ts";

/** The folder of the Python runtime. */
export const pythonRuntime = join(import.meta.dirname, "..", "runtimes", "python");

/** Python, and the packages that the Python runtime's image has. */
export interface LocalPython {
  /** The interpreter. */
  readonly python: string;
  /** Its version, such as "3.12". */
  readonly version: string;
  /** The folder of the packages, for PYTHONPATH. */
  readonly packages: string;
}

/**
 * Installs the runtime's pinned packages into the cache, once for their hashes and the interpreter.
 *
 * @param signal ends the installation
 * @throws UserError where they cannot be installed, with the end of pip's output
 */
export async function providePython(progress: Progress, signal: AbortSignal): Promise<LocalPython> {
  const python = await findPython();
  const requirements = join(pythonRuntime, "requirements.txt");
  const { stdout: version } = await execa(python, ["-VV"]);
  const key = createHash("sha256").update(version).update(python);
  key.update(await readFile(requirements));
  const entry = join(cacheDir(), "python", `packages-${key.digest("hex").slice(0, 16)}`);
  if (!existsSync(entry)) {
    await progress.run("install the Python runtime's packages", (step) =>
      withLock(
        `${entry}.lock`,
        () => step.note("another process installs them"),
        async () => {
          if (!existsSync(entry)) await install(requirements, entry, { log: step.log, signal });
        },
      ),
    );
  }
  return { python, packages: entry, version: /\d+\.\d+/.exec(version)?.[0] ?? "" };
}

async function install(
  requirements: string,
  entry: string,
  options: { readonly log: string; readonly signal: AbortSignal },
): Promise<void> {
  const { withPip } = await providePip();
  const partial = `${entry}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", requirements];
  const failure = "the Python runtime's packages cannot be installed";
  await runPip(failure, withPip, ["-m", "pip", "install", ...exact, "--target", partial], options);
  await rename(partial, entry);
}
