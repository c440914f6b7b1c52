import { execa } from "execa";
import { loggedServices, serviceLogFile } from "../../cluster/embedded/logs.ts";
import { UserError } from "../../console/errors.ts";
import { linesOf } from "../../console/lines.ts";
import { untilInterrupted } from "../interrupt.ts";
import { print } from "../print.ts";

/** How much of a log is shown. */
export interface LogOptions {
  /** Go on as it grows. */
  readonly follow: boolean;
  /** How many of the last lines. */
  readonly lines: number;
  /** JSON: the list of services, or an object for each line. */
  readonly json?: boolean;
}

/**
 * Prints the log of one service of an instance; the services' names where none is given.
 *
 * @throws UserError where the instance or the service has no log
 */
export async function showLogs(name: string, service: string | undefined, options: LogOptions): Promise<void> {
  if (service === undefined) {
    print(options.json, await loggedServices(name), (services) => services.map((one) => `${one}\n`).join(""));
    return;
  }
  const file = await serviceLogFile(name, service);
  // By name, since the file is replaced when it has grown large.
  const args = ["-n", String(options.lines), ...(options.follow ? ["-F"] : []), file];
  const show = options.json === true ? (line: string) => `${JSON.stringify({ service, line })}\n` : undefined;
  await untilInterrupted((signal) => tail(args, show, signal), "");
}

/**
 * Runs tail(1).
 *
 * @param show makes of a line what is written; undefined: tail writes by itself
 * @param ending ends it
 * @throws UserError where it fails
 */
async function tail(
  args: readonly string[],
  show: ((line: string) => string) | undefined,
  ending: AbortSignal,
): Promise<void> {
  const output = show === undefined ? "inherit" : "pipe";
  const child = execa("tail", args, {
    stdio: ["ignore", output, "inherit"],
    buffer: false,
    reject: false,
    cancelSignal: ending,
  });
  if (show !== undefined && child.stdout !== null) {
    for await (const line of linesOf(child.stdout)) process.stdout.write(show(line));
  }
  const { failed, signal, shortMessage } = await child;
  // The reader has seen enough, as in `knflow ... | head`.
  if (!failed || signal === "SIGPIPE") return;
  throw new UserError(`the log cannot be shown: ${shortMessage}`);
}
