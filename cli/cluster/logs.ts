import { execa } from "execa";
import { loggedServices, serviceLogFile } from "../../cluster/embedded/logs.ts";

/** How much of a log is shown. */
export interface LogOptions {
  /** Go on as it grows. */
  readonly follow: boolean;
  /** How many of the last lines. */
  readonly lines: number;
}

/**
 * Prints the log of one service of an instance; the services' names where none is given.
 *
 * @throws UserError where the instance or the service has no log
 */
export async function showLogs(name: string, service: string | undefined, options: LogOptions): Promise<void> {
  if (service === undefined) {
    process.stdout.write((await loggedServices(name)).map((one) => `${one}\n`).join(""));
    return;
  }
  const file = await serviceLogFile(name, service);
  // By name, since the file is replaced when it has grown large.
  await execa("tail", ["-n", String(options.lines), ...(options.follow ? ["-F"] : []), file], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}
