import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../cluster/paths.ts";
import { withLock } from "../cluster/toolchain/lock.ts";
import { UserError } from "../console/errors.ts";
import { installerEnvironment } from "./installer-environment.ts";

/** A Python on this machine, and an interpreter that has pip. */
export interface Pip {
  readonly python: string;
  /** Of a virtual environment that is used for its pip alone: Debian's Python has none of its own. */
  readonly withPip: string;
}

/**
 * The interpreter of this machine: `$KNFLOW_PYTHON`, otherwise the system's, otherwise the one on PATH.
 *
 * @throws UserError where there is none of version 3.10 or later
 */
export async function findPython(): Promise<string> {
  const named = process.env.KNFLOW_PYTHON;
  for (const name of named ? [named] : ["/usr/bin/python3", "python3"]) {
    const script = "import sys; print(sys.executable if sys.version_info >= (3, 10) else '')";
    const { stdout } = await execa(name, ["-c", script], { reject: false });
    if (stdout) return stdout;
  }
  if (named) throw new UserError(`KNFLOW_PYTHON is ${JSON.stringify(named)}, which is no Python 3.10 or later`);
  throw new UserError(
    "Python 3.10 or later is not there; install it (on Debian: apt-get install python3 python3-venv)",
  );
}

/** Provides pip, once for each interpreter. */
export async function providePip(): Promise<Pip> {
  const python = await findPython();
  const version = (await execa(python, ["-VV"])).stdout;
  const key = createHash("sha256").update(version).update(python).digest("hex").slice(0, 16);
  const entry = join(cacheDir(), "python", `pip-${key}`);
  if (!existsSync(entry)) {
    await withLock(
      `${entry}.lock`,
      () => undefined,
      async () => {
        if (existsSync(entry)) return;
        const partial = `${entry}.partial`;
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        await runPip("a virtual environment cannot be made", python, ["-m", "venv", partial]);
        await rename(partial, entry);
      },
    );
  }
  return { python, withPip: join(entry, "bin", "python") };
}

/**
 * Runs Python with arguments.
 *
 * @param failure what it means where that fails
 * @param log a file that gets all output
 * @throws UserError with the end of its output
 */
export async function runPip(
  failure: string,
  python: string,
  args: readonly string[],
  options: {
    readonly log?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<void> {
  const output = options.log === undefined ? "pipe" : (["pipe", { file: options.log, append: true }] as const);
  const result = await execa(python, args, {
    all: true,
    stdout: output,
    stderr: output,
    env: installerEnvironment({ PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1", ...options.env }),
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    reject: false,
  });
  if (!result.failed) return;
  const lines = result.all.trim().split("\n");
  throw new UserError(`${failure}:\n${lines.slice(-12).join("\n")}`);
}
