import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../cluster/paths.ts";
import { withLock } from "../cluster/toolchain/lock.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";

/** The folder of the Python runtime. */
export const pythonRuntime = join(import.meta.dirname, "..", "runtimes", "python");

/** Python, and the packages that the Python runtime's image has. */
export interface LocalPython {
  /** The interpreter. */
  readonly python: string;
  /** The folder of the packages, for PYTHONPATH. */
  readonly packages: string;
}

/**
 * The interpreter for local runs: `$KNFLOW_PYTHON`, otherwise the system's, otherwise the one on PATH.
 *
 * @throws UserError where there is none of version 3.10 or later
 */
export async function findPython(): Promise<string> {
  const wanted = [process.env.KNFLOW_PYTHON, "/usr/bin/python3", "python3"];
  for (const name of wanted.filter((one): one is string => Boolean(one))) {
    const script = "import sys; print(sys.executable if sys.version_info >= (3, 10) else '')";
    const { stdout } = await execa(name, ["-c", script], { reject: false });
    if (stdout) return stdout;
  }
  throw new UserError(
    "Python 3.10 or later is not there; install it (on Debian: apt-get install python3 python3-venv)",
  );
}

/**
 * Installs the runtime's pinned packages into the cache, once for their hashes and the interpreter.
 *
 * @throws UserError where they cannot be installed, with the end of pip's output
 */
export async function providePython(progress: Progress): Promise<LocalPython> {
  const python = await findPython();
  const requirements = join(pythonRuntime, "requirements.txt");
  const key = createHash("sha256");
  key.update((await execa(python, ["-VV"])).stdout + python);
  key.update(await readFile(requirements));
  const entry = join(cacheDir(), "python", `packages-${key.digest("hex").slice(0, 16)}`);
  if (!existsSync(entry)) {
    await progress.run("install the Python runtime's packages", (step) =>
      withLock(
        `${entry}.lock`,
        () => step.note("another process installs them"),
        async () => {
          if (!existsSync(entry)) await install(python, requirements, entry, step.log);
        },
      ),
    );
  }
  return { python, packages: entry };
}

async function install(python: string, requirements: string, entry: string, log: string): Promise<void> {
  const partial = `${entry}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const run = async (command: string, args: string[]) => {
    const output = ["pipe", { file: log, append: true }] as const;
    const result = await execa(command, args, { all: true, stdout: output, stderr: output, reject: false });
    if (result.failed) {
      throw new UserError(
        `the Python runtime's packages cannot be installed (${[command, ...args.slice(0, 3)].join(" ")}):\n` +
          result.all.split("\n").slice(-15).join("\n"),
      );
    }
  };
  // Of a virtual environment only its pip is used: Debian's Python has none of its own.
  await run(python, ["-m", "venv", join(partial, "venv")]);
  const exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", requirements];
  const target = ["--target", join(partial, "packages")];
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", ...exact, ...target];
  await run(join(partial, "venv", "bin", "python"), pip);
  await rename(join(partial, "packages"), entry);
  await rm(partial, { recursive: true, force: true });
}
