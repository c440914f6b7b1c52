import type { LoadError } from "./errors.ts";
import type { Log } from "./log.ts";
import { redactor } from "./redact.ts";

/** Bytes; Kubernetes keeps no more. */
const longestTerminationMessage = 4096;

/** Says why the code cannot be served: on the log with all details, and where Kubernetes shows it. */
export function reportFailedLoad(error: LoadError, log: Log, terminate: (message: Buffer) => void): void {
  const reason = error.oneLine();
  const details = { type: error.kind, message: error.message, place: error.place, trace: error.trace };
  const known = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== ""));
  log.line("error", `cannot load the function: ${reason}`, { error: known });
  try {
    terminate(Buffer.from(redactor.text(reason)).subarray(0, longestTerminationMessage));
  } catch {
    // Outside of Kubernetes there is none.
  }
}
