import { setImmediate as turnOfLoop } from "node:timers/promises";
import { milliseconds, type Duration } from "../definition/duration.ts";
import type { TimeoutRule } from "../definition/types.ts";
import { fault, outOfTime } from "./problem.ts";
import { childSignal } from "./signals.ts";
import type { Place, Scope } from "./scope.ts";

/** More is too much for a timer. */
const longestTimer = 2 ** 31 - 1;
/** Milliseconds that tasks may run on end before timers and requests get their turn. */
const slice = 10;

let sliceBegun = performance.now();

/** Lets others have their turn now and then: tasks that wait for nothing would keep timeouts from ending them. */
export async function breathe(): Promise<void> {
  if (performance.now() - sliceBegun < slice) return;
  await turnOfLoop();
  sliceBegun = performance.now();
}

/** A duration that was checked before. */
export function inMilliseconds(duration: Duration | undefined): number {
  return milliseconds(duration) ?? 0;
}

/** @throws Fault where the task is given up meanwhile */
export async function pause(delay: number, instance: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + delay;
  for (;;) {
    if (signal.aborted) throw outOfTime(instance);
    const left = end - performance.now();
    if (left <= 0) return;
    await timer(Math.min(left, longestTimer), signal);
  }
}

function timer(delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timeout);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timeout = setTimeout(done, Math.ceil(delay));
    signal.addEventListener("abort", done);
  });
}

/** A timeout's milliseconds; undefined where there is none. */
export function limitOf(rule: TimeoutRule | undefined, scope: Scope): number | undefined {
  if (rule === undefined) return undefined;
  const { after } = typeof rule === "string" ? (scope.run.definition.use?.timeouts?.[rule] ?? { after: "" }) : rule;
  return inMilliseconds(after);
}

/**
 * Does some work, and gives it up with a timeout error where it takes too long.
 *
 * @param spent milliseconds of the limit that are over already
 */
export async function limited<T>(
  limit: number | undefined,
  place: Place,
  scope: Scope,
  work: (scope: Scope) => Promise<T>,
  spent = 0,
): Promise<T> {
  if (limit === undefined) return work(scope);
  const child = childSignal(scope.signal);
  let late = false;
  const end = () => {
    late = true;
    child.abort();
  };
  const over = performance.now() + limit - spent;
  let timeout: NodeJS.Timeout | undefined;
  const arm = () => {
    // Of a run that another executor had, it may be over; Node warns of such a time.
    const left = Math.max(0, over - performance.now());
    timeout = setTimeout(left > longestTimer ? arm : end, Math.min(left, longestTimer));
  };
  arm();
  try {
    return await work({ ...scope, signal: child.signal, isLimited: true });
  } catch (error) {
    if (!late || scope.signal.aborted) throw error;
    throw fault("timeout", `it took longer than ${limit / 1000} s`, place.pointer);
  } finally {
    clearTimeout(timeout);
  }
}
