import { constants } from "node:os";
import { setImmediate as turnOfLoop, setTimeout as pause } from "node:timers/promises";
import { FailedStep } from "../console/progress.ts";

/** Work that was stopped by a signal and ended well. */
export class Interrupted extends FailedStep {
  /** as a shell gives it for a process that ended by that signal */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, message: string) {
    // The end of a log shows what is being done just now, as if that had failed.
    super(message, []);
    this.exitCode = exitCodeFor(signal);
  }
}

type Stop = () => void;

const stops = new Set<Stop>();
let received: NodeJS.Signals | undefined;
/** Whoever starts this process and the terminal may both send the same interrupt. */
const sameInterruptMilliseconds = 300;
const signalUnderWayMilliseconds = 100;

/**
 * Ends the process on a signal, with the exit code that a shell gives; where work is registered that must end well
 * (see `stopOnInterrupt`), tells that instead and leaves the end to it.
 */
export function passInterrupts(): void {
  let last = -Infinity;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - last < sameInterruptMilliseconds) return;
      last = now;
      received = signal;
      if (stops.size === 0) process.exit(exitCodeFor(signal));
      for (const stop of stops) stop();
    });
  }
}

/**
 * While `work` runs, a signal calls `stop` and does not end the process.
 *
 * @param said what is told of it then; nothing where a signal is the usual end
 * @throws Interrupted where there was a signal, once the work has ended
 */
export async function stopOnInterrupt<T>(
  stop: Stop,
  work: () => Promise<T>,
  said = "interrupted; the same command goes on where this one stopped",
): Promise<T> {
  stops.add(stop);
  const result = await work().finally(() => stops.delete(stop));
  if (received !== undefined) throw new Interrupted(received, said);
  return result;
}

/**
 * Does what may be given up at any point; what a signal breaks off fails by that, which is not worth a word.
 *
 * @param work gets a signal that aborts then
 * @param said what is told then
 * @throws Interrupted where there was a signal, once the work has ended
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>, said: string): Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const quietly = () =>
    work(signal).catch(async (error: unknown) => {
      // A terminal interrupts all processes at once: the end of another one may be seen before the signal that ended it.
      await pause(signalUnderWayMilliseconds, undefined, { signal }).catch(() => undefined);
      // On a busy machine that may be over before anything else was looked at.
      await turnOfLoop();
      if (!signal.aborted) throw error;
    });
  await stopOnInterrupt(() => ending.abort(), quietly, said);
}

/** The exit code of a process that ended by a signal, as in a shell. */
function exitCodeFor(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
