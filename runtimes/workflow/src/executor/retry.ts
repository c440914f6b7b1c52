import type { RetryPolicy } from "../definition/types.ts";
import { holds } from "./data.ts";
import type { Place, Scope } from "./scope.ts";
import { inMilliseconds } from "./time.ts";

/** A policy, given or by its name under `use.retries`. */
export function policyOf(retry: string | RetryPolicy | undefined, scope: Scope): RetryPolicy | undefined {
  return typeof retry === "string" ? scope.run.definition.use?.retries?.[retry] : retry;
}

/** Where a task that is retried stands. */
interface Progress {
  /** Which retry is next, from 1. */
  readonly retry: number;
  /** Milliseconds from the beginning of the first attempt to the failure of the last one. */
  readonly elapsed: number;
  /** How much of the jitter is waited, from 0 to 1. */
  readonly chance: number;
}

/** How many milliseconds to wait after the failure before the next retry; undefined where there is to be none. */
export async function delayBefore(
  policy: RetryPolicy,
  { retry, elapsed, chance }: Progress,
  input: unknown,
  { pointer }: Place,
  scope: Scope,
): Promise<number | undefined> {
  const { limit } = policy;
  if (limit?.attempt?.count !== undefined && retry > limit.attempt.count) return undefined;
  if (policy.when !== undefined && !(await holds(policy.when, input, pointer, scope))) return undefined;
  if (policy.exceptWhen !== undefined && (await holds(policy.exceptWhen, input, pointer, scope))) return undefined;
  const delay = backedOff(policy, retry) + jitter(policy, chance);
  return limit?.duration !== undefined && elapsed + delay > inMilliseconds(limit.duration) ? undefined : delay;
}

function backedOff({ delay, backoff = {} }: RetryPolicy, retry: number): number {
  const milliseconds = inMilliseconds(delay);
  // After so many doublings it is more than any number.
  if ("exponential" in backoff) return milliseconds === 0 ? 0 : milliseconds * 2 ** Math.min(retry - 1, 60);
  return "linear" in backoff ? milliseconds * retry : milliseconds;
}

function jitter({ jitter: range }: RetryPolicy, chance: number): number {
  if (!range) return 0;
  const from = inMilliseconds(range.from);
  return from + chance * (inMilliseconds(range.to) - from);
}
