// The executor's start: loads the workflow, then answers at the port. It is ready only when both are done.
import { writeFileSync } from "node:fs";
import { warmUp } from "../expressions/threads.ts";
import { Connections } from "../port/connections.ts";
import type { EarlyPort } from "../port/early-port.ts";
import { Reloads } from "../port/reload.ts";
import { storeAt } from "../store/connect.ts";
import { KeeperToken } from "../store/keeper-token.ts";
import { ActiveRuns } from "./active-runs.ts";
import { digestIn, loadWorkflow } from "./code.ts";
import { workflowServer } from "./http.ts";
import { Waker } from "./wake.ts";
import { LoadError } from "./load-error.ts";
import { log } from "./log.ts";
import { WorkflowPage } from "./page.ts";
import type { Observer } from "./observer.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Bytes; Kubernetes keeps no more. */
const longestTerminationMessage = 4096;

let connections: Connections | undefined;
let reloads: Reloads | undefined;
let stopping = false;
let drained: Promise<void> | undefined;
/** Milliseconds that runs have after the process is told to stop: less than the pod has. */
let patience = 0;
let runs: ActiveRuns | undefined;
let observer: Observer | undefined;

// As process 1 of a container it would be ignored by default.
process.on("SIGTERM", () => {
  if (stopping) return;
  stopping = true;
  if (reloads === undefined) process.exit(0);
  log("info", "stopping: runs in flight finish, new ones are refused");
  setTimeout(() => runs?.handOver(), patience);
  // Otherwise this process ends when the one does that serves instead.
  if (!reloads.stop()) end(0);
});

/** Loads the workflow, and answers at the port then; the process ends with 1 where that cannot be. */
export async function start(port: Promise<EarlyPort>): Promise<void> {
  try {
    const begun = performance.now();
    const settings = readSettings(process.env);
    await serve(settings, await port, begun);
  } catch (error) {
    fail(error as Error);
  }
}

async function serve(settings: Settings, early: EarlyPort, begun: number): Promise<void> {
  const environment = { ...process.env };
  const late = setTimeout(
    () => fail(new LoadError("LoadTimeout", `the workflow was not loaded within ${settings.loadTimeoutSeconds} s`)),
    settings.loadTimeoutSeconds * 1000,
  );
  patience = settings.timeoutSeconds * 0.9 * 1000;
  // While the archive is on its way; and not at all where nothing is told.
  const observing = settings.telemetry && import("./observer.ts");
  const loading = performance.now();
  const { definition, examples } = await loadWorkflow(settings);
  const loadedSeconds = (performance.now() - loading) / 1000;
  if (observing) observer = (await observing).observe(settings);
  const store =
    settings.storeUrl === undefined ? undefined : storeAt(settings.storeUrl, settings.runLeaseSeconds * 1000);
  runs = store && new ActiveRuns(settings.name, store, settings.runLeaseSeconds * 1000);
  const load = async (object: string) => {
    const loaded = await loadWorkflow({ ...settings, object, sha256: digestIn(object) });
    return loaded.definition;
  };
  const page = settings.hasPage
    ? new WorkflowPage({ ...settings, definition, examples, isStored: store !== undefined })
    : undefined;
  const waker = new Waker(definition, settings.addresses);
  const server = workflowServer({
    ...settings,
    definition,
    waker,
    runs,
    page,
    observer,
    ...(store ? { store, load, keeper: new KeeperToken(settings.storeUrl ?? "") } : {}),
  });
  server.once("error", fail);
  connections = new Connections(server);
  reloads = new Reloads({ server, connections, environment, release: () => void release(), end, log });
  await early.hand(server);
  clearTimeout(late);
  warmUp();
  observer?.ready(loadedSeconds);
  // Not waited for: a run needs no store to begin.
  store?.()
    .then(async (opened) => {
      // A pod of the Revision that had the last run most likely starts for another one; an update starts pods of new Revisions.
      const { name, revision } = settings;
      if (revision !== null && (await opened.lastRevision(name)) === revision) waker.wakeAll();
    })
    .catch((error: Error) => log("warn", "the run store cannot be reached", { error: { message: error.message } }));
  log("info", "ready", { port: settings.port, startMs: Math.round(performance.now() - begun) });
}

/** Accepts no connection any more; settled once those that there are have been answered. */
function release(): Promise<void> {
  return (drained ??= drain());
}

function end(code: number): void {
  void release().then(() => process.exit(code));
}

async function drain(): Promise<void> {
  await connections?.end();
  // A request that was in flight may have left something to write.
  await runs?.settled();
  await observer?.flush();
}

/** Says why: on the log, and in the termination message that Kubernetes and the update show. */
function fail(error: Error): never {
  const kind = error instanceof LoadError ? error.kind : error.name;
  const reason = `${kind}: ${error.message}`.replace(/\s+/g, " ").trim();
  const trace = error instanceof LoadError ? undefined : error.stack;
  log("error", `cannot load the workflow: ${reason}`, { error: { type: kind, message: error.message, trace } });
  try {
    const message = Buffer.from(reason).subarray(0, longestTerminationMessage);
    writeFileSync(process.env.KNFLOW_TERMINATION_LOG || "/dev/termination-log", message);
  } catch {
    // Outside of Kubernetes there is none.
  }
  process.exit(1);
}
