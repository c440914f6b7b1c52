// The start: read the settings, load the code, import the handler, answer at the port.
import { writeFileSync } from "node:fs";
import { Connections } from "../../workflow/src/port/connections.ts";
import type { EarlyPort } from "../../workflow/src/port/early-port.ts";
import { Reloads } from "../../workflow/src/port/reload.ts";
import { captureOutput } from "./capture.ts";
import { loadCode } from "./code.ts";
import { Deadlines } from "./deadlines.ts";
import { LoadError, ProcessExit } from "./errors.ts";
import { reportFailedLoad } from "./failed-load.ts";
import { messageOf, nameOf, placeOf, traceOf } from "./faults.ts";
import { findHandler } from "./handler.ts";
import { currentCall, functionLog, Log } from "./log.ts";
import { importModule } from "./module.ts";
import type { Observer } from "./observer.ts";
import { FunctionServer } from "./server.ts";
import { readSettings, type Settings } from "./settings.ts";
import { Watchdog } from "./watchdog.ts";
import { prepareRequests } from "./web-request.ts";

const drainGrace = 5000;
/** Milliseconds that the last spans may take at the end. */
const lastFlush = 3000;
const exit: (code: number) => never = process.exit.bind(process);
const terminationLog = process.env.KNFLOW_TERMINATION_LOG || "/dev/termination-log";

let log = new Log("info", {});
/** The folder of the user's code, once it is there. */
let root = "";
let stop = (): void => exit(0);

// As process 1 of a container it would be ignored by default.
process.on("SIGTERM", () => stop());
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

/** Loads the function, and answers at the port then; the process ends with 1 where that cannot be. */
export async function start(port: Promise<EarlyPort>): Promise<void> {
  try {
    const settings = readSettings(process.env);
    log = functionLog(settings);
    await serve(settings, await port);
  } catch (error) {
    fail(error);
  }
}

async function serve(settings: Settings, early: EarlyPort): Promise<void> {
  const environment = { ...process.env };
  const watchdog = new Watchdog(settings, terminationLog);
  const late = setTimeout(
    () => fail(new LoadError("LoadTimeout", `the code was not loaded within ${settings.loadTimeoutSeconds} s`)),
    settings.loadTimeoutSeconds * 1000,
  );
  // While the code is on its way; and not at all where nothing is told.
  const observing = settings.telemetry && import("./observer.ts");
  const code = await loadCode(settings, log);
  root = code.root;
  const observer = observing && (await observing).observe(settings, log);
  const printed = captureOutput(log);
  process.exit = leave;
  const loaded = performance.now();
  const module = await importModule(code.root, settings.handler.slice(0, settings.handler.lastIndexOf(".")));
  const handler = findHandler(module, settings.handler);
  if (handler.takesRequest) prepareRequests();
  const imported = performance.now();
  const server = new FunctionServer(
    { handler, settings, watchdog, observer, deadlines: new Deadlines() },
    log,
    printed,
  );
  server.http.once("error", fail);
  // Before the port's first request, whose handler may throw.
  process.removeAllListeners("uncaughtException").on("uncaughtException", blame);
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", blame);
  let drained: Promise<void> | undefined;
  const connections = new Connections(server.http);
  const release = () => (drained ??= drain(connections, settings, observer));
  const end = (code: number) => void release().then(() => exit(code));
  const reloads = new Reloads({
    server: server.http,
    connections,
    environment,
    workDir: settings.workDir,
    release: () => void release(),
    end,
    log: (level, message, fields) => log.line(level, message, fields),
  });
  stop = () => {
    // Otherwise this process ends when the one does that serves instead.
    if (!reloads.stop()) end(0);
  };
  await early.hand(server.http);
  clearTimeout(late);
  watchdog.serve();
  const { archiveBytes, entries, downloadMs, unpackMs } = code;
  const times = { downloadMs, unpackMs, importMs: imported - loaded, startMs: performance.now() };
  observer?.ready(times);
  const rounded = Object.entries(times).map(([name, value]) => [name, Math.round(value * 10) / 10] as const);
  log.line("info", "ready", { port: settings.port, archiveBytes, entries, ...Object.fromEntries(rounded) });
}

/** Lets calls in flight finish; their timeouts see to it that they do. */
async function drain(connections: Connections, settings: Settings, observer: Observer | undefined): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, settings.timeoutSeconds * 1000 + drainGrace).unref();
  await Promise.race([connections.end(), late]);
  await observer?.flush(lastFlush);
}

/** What a handler left running has thrown: the failure of its call where that is open, and a line of the log anyway. */
function blame(error: unknown): void {
  const call = currentCall.getStore();
  const [exception, message, trace] = [nameOf(error), messageOf(error), traceOf(error)];
  log.line("error", "not caught by the function", { error: { type: "HandlerError", exception, message, trace } });
  call?.fail(error);
}

/** Stands in for `process.exit` in the user's code: a failure of that call, or of the load. */
function leave(code?: number | string | null): never {
  throw new ProcessExit(code);
}

function fail(error: unknown): never {
  const known =
    error instanceof LoadError
      ? error
      : new LoadError(nameOf(error), messageOf(error, root), root && placeOf(error, root), traceOf(error));
  reportFailedLoad(known, log, (message) => writeFileSync(terminationLog, message));
  exit(1);
}
