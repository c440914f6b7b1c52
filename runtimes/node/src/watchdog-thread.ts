// The watchdog's thread. It answers the call of a handler that blocks the event loop, and ends a process that stays so.
import { writeFileSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import { LoadError } from "./errors.ts";
import { reportFailedLoad } from "./failed-load.ts";
import { stopServerThread, type StoppedThread } from "./hang.ts";
import { functionLog } from "./log.ts";
import { errorReply } from "./reply.ts";
import { answered, answering, clockOffset, inHandler, loading } from "./shared.ts";
import type { WatchdogData } from "./watchdog.ts";

/** How much longer than a call's timeout the loop may be blocked. */
const grace = 5000;
/** The server's own timer of the load comes first where its loop turns. */
const lateness = 150;
/** How long the server's thread may take to end the process; it gets its turn late on a busy node. */
const longestExit = 5000;

const { shared, settings, loadDeadline, terminationLog } = workerData as WatchdogData;
const log = functionLog(settings);
const offset = clockOffset();
const timeout = settings.timeoutSeconds * 1000;
const interval = Math.min(Math.max(timeout / 10, 20), 250);
const never = new Int32Array(new SharedArrayBuffer(4));
const now = () => performance.now() + offset;

for (;;) {
  Atomics.wait(never, 0, 0, interval);
  const stage = Atomics.load(shared.stage, 0);
  if (stage === loading) {
    if (now() > loadDeadline + lateness) await endLoad();
    continue;
  }
  if (stage === inHandler && now() > (shared.begun[0] ?? 0) + timeout) answer();
  const silent = now() - (shared.beat[0] ?? 0);
  if (silent > timeout + grace) await endProcess(silent);
}

/** Answers the running call, by its socket: nothing else of the process can. */
function answer(): void {
  const socket = shared.socket[0] ?? -1;
  if (socket < 0 || Atomics.compareExchange(shared.stage, 0, inHandler, answering) !== inHandler) return;
  // From here on the handler's thread stays where it is. It may have begun another call since: that one is not late.
  const late = now() > (shared.begun[0] ?? 0) + timeout;
  if (late) write(shared.socket[0] ?? -1, Buffer.from(shared.id.slice(0, shared.idLength[0])).toString("latin1"));
  Atomics.store(shared.stage, 0, late ? answered : inHandler);
  Atomics.notify(shared.stage, 0);
}

function write(socket: number, runId: string): void {
  const message = `the handler did not answer within ${settings.timeoutSeconds} s`;
  const { status, body } = errorReply(504, "Timeout", message, runId);
  const head = [
    `HTTP/1.1 ${status} Gateway Timeout`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-knflow-run-id: ${runId}`,
    "connection: close",
  ];
  try {
    writeSync(socket, `${head.join("\r\n")}\r\n\r\n${body.toString()}`);
  } catch {
    // The client has gone.
  }
  const durationMs = Math.round(now() - (shared.begun[0] ?? 0));
  log.line("error", "call failed", { status, durationMs, error: { type: "Timeout", message } }, "", runId);
}

/** The code's import blocks the loop, so the server's own timer cannot end it. */
async function endLoad(): Promise<void> {
  const stopped = await stopServerThread();
  const message = `the code was not loaded within ${settings.loadTimeoutSeconds} s`;
  const error = new LoadError("LoadTimeout", message, "", stopped?.trace);
  reportFailedLoad(error, log, (text) => writeFileSync(terminationLog, text));
  await end(stopped);
}

async function endProcess(silent: number): Promise<void> {
  const stopped = await stopServerThread();
  const message = `a handler has blocked the event loop for ${Math.round(silent / 1000)} s: ending, to start afresh`;
  log.line("error", message, { trace: stopped?.trace });
  await end(stopped);
}

/** Only the server's own thread can end the process with a code; where it does not even stop, the kernel ends it. */
async function end(stopped: StoppedThread | undefined): Promise<void> {
  stopped?.exit();
  if (stopped !== undefined) await pause(longestExit);
  process.kill(process.pid, "SIGKILL");
}
