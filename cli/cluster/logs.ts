import { createInterface } from "node:readline";
import { execa } from "execa";
import { loggedServices, serviceLogFile } from "../../cluster/embedded/logs.ts";
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
  if (options.json !== true) {
    await execa("tail", args, { stdio: ["ignore", "inherit", "inherit"] });
    return;
  }
  const tail = execa("tail", args, { stdio: ["ignore", "pipe", "inherit"], buffer: false });
  for await (const line of createInterface({ input: tail.stdout })) {
    process.stdout.write(`${JSON.stringify({ service, line })}\n`);
  }
  await tail;
}
