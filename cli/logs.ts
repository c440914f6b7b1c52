import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "../cluster/paths.ts";
import { createProgress, type Progress, type ProgressOptions } from "../console/progress.ts";

const keptRuns = 20;

/** Progress of one command, with a log folder of its own; only the newest of these folders are kept. */
export function commandProgress(command: string, options: Pick<ProgressOptions, "live"> = {}): Progress {
  return createProgress({ logDir: commandLogDir(command), ...options });
}

/** A folder for the logs of one run of a command; it is not made yet. */
export function commandLogDir(command: string): string {
  const logs = join(stateDir(), "logs");
  mkdirSync(logs, { recursive: true });
  for (const old of readdirSync(logs).sort().slice(0, -keptRuns)) {
    rmSync(join(logs, old), { recursive: true, force: true });
  }
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return join(logs, `${time}-${command}-${process.pid}`);
}
