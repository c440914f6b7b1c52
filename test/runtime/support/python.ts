import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { cacheDir } from "../../../cluster/paths.ts";
import { withLock } from "../../../cluster/toolchain/lock.ts";
import { UserError } from "../../../console/errors.ts";
import type { Progress } from "../../../console/progress.ts";

/** The folder of the Python runtime. */
export const pythonRuntime = join(import.meta.dirname, "../../../runtimes/python");

/** What is needed to run the Python runtime as a process, and to check its code. */
export interface PythonTools {
  /** The interpreter. */
  readonly python: string;
  /** The folder with the runtime's own packages, as the image has them. */
  readonly packages: string;
  /** The folder with the programs that check code: mypy, ruff, gixy. */
  readonly checkers: string;
}

/**
 * The interpreter that the runtime is tested with: `$KNFLOW_PYTHON`, otherwise the system's, otherwise the one on PATH.
 */
export async function findPython(): Promise<string> {
  const wanted = [process.env.KNFLOW_PYTHON, "/usr/bin/python3", "python3"];
  for (const name of wanted.filter((name): name is string => Boolean(name))) {
    const script = "import sys; print(sys.executable if sys.version_info >= (3, 10) else '')";
    const { stdout } = await execa(name, ["-c", script], { reject: false });
    if (stdout) return stdout;
  }
  throw new UserError("Python 3.10 or later is not there; install it: apt-get install python3 python3-venv");
}

/** Installs the pinned packages, once for their hashes and the interpreter's version. */
export async function providePython(python: string, progress: Progress): Promise<PythonTools> {
  const requirements = join(pythonRuntime, "requirements.txt");
  const devRequirements = join(pythonRuntime, "requirements-dev.txt");
  const key = createHash("sha256");
  key.update((await execa(python, ["-VV"])).stdout + python);
  for (const file of [requirements, devRequirements]) key.update(await readFile(file));
  const entry = join(cacheDir(), "python", `runtime-${key.digest("hex").slice(0, 16)}`);
  const tools = { python, packages: join(entry, "packages"), checkers: join(entry, "venv/bin") };
  if (existsSync(entry)) return tools;

  await progress.run("install the Python runtime's packages", (step) =>
    withLock(
      `${entry}.lock`,
      () => step.note("another process installs them"),
      async () => {
        if (existsSync(entry)) return;
        const log = { file: step.log, append: true };
        const output: Options = { stdout: log, stderr: log };
        const partial = `${entry}.partial`;
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        await execa(python, ["-m", "venv", join(partial, "venv")], output);
        const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"];
        const inVenv = join(partial, "venv/bin/python");
        const own = ["--no-deps", "--only-binary", ":all:", "-r", requirements];
        await execa(inVenv, [...pip, ...own, "--target", join(partial, "packages")], output);
        await execa(inVenv, [...pip, ...own], output); // mypy reads their types
        await execa(inVenv, [...pip, "-r", devRequirements], output);
        await rename(partial, entry);
      },
    ),
  );
  return tools;
}

/** A program of the venv; run as a module, since scripts in a venv name the folder that it was made in. */
export function checker(tools: PythonTools, module: string): [string, string[]] {
  return [join(tools.checkers, "python"), ["-m", module]];
}
