import type { Path } from "../source.ts";
import { checkExpression } from "./expressions.ts";
import { allowKeys, mappingAt, reusable, type Scope } from "./scope.ts";
import { checkDuration } from "./time.ts";
import { shown } from "./values.ts";

const backoffs = ["constant", "linear", "exponential"];

/** `catch.retry`: inline, or a name under `use.retries`. */
export function checkRetry(value: unknown, path: Path, scope: Scope): void {
  if (typeof value !== "string") return checkRetryPolicy(value, path, scope);
  const found = reusable("retries", value, path, scope);
  if (found) checkRetryPolicy(found.value, found.path, scope);
}

export function checkRetryPolicy(value: unknown, path: Path, scope: Scope): void {
  const policy = mappingAt(value, path, "a retry policy such as { delay: { seconds: 1 } }", scope);
  if (!policy) return;
  allowKeys(policy, path, ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"], scope);
  for (const key of ["when", "exceptWhen"]) {
    if (policy[key] !== undefined) checkExpression(policy[key], [...path, key], scope);
  }
  if (policy.delay !== undefined) checkDuration(policy.delay, [...path, "delay"], scope);
  if (policy.backoff !== undefined) checkBackoff(policy.backoff, [...path, "backoff"], scope);
  if (policy.limit !== undefined) checkLimit(policy.limit, [...path, "limit"], scope);
  if (policy.jitter !== undefined) checkJitter(policy.jitter, [...path, "jitter"], scope);
}

function checkBackoff(value: unknown, path: Path, scope: Scope): void {
  const backoff = mappingAt(value, path, `one of ${backoffs.join(", ")}, such as { exponential: {} }`, scope);
  if (!backoff) return;
  allowKeys(backoff, path, backoffs, scope);
  const given = backoffs.filter((key) => key in backoff);
  if (given.length !== 1) {
    const has = given.length === 0 ? "none" : given.join(" and ");
    scope.source.refuse(path, `\`backoff\` must be one of ${backoffs.join(", ")}, but has ${has}`);
  }
  for (const key of given) {
    const settings = mappingAt(backoff[key], [...path, key], "an empty mapping, {}", scope);
    if (settings) allowKeys(settings, [...path, key], [], scope);
  }
}

function checkLimit(value: unknown, path: Path, scope: Scope): void {
  const limit = mappingAt(value, path, "a mapping with `attempt` or `duration`", scope);
  if (!limit) return;
  allowKeys(limit, path, ["attempt", "duration"], scope);
  if (limit.duration !== undefined) checkDuration(limit.duration, [...path, "duration"], scope);
  if (limit.attempt === undefined) return;
  const at = [...path, "attempt"];
  const attempt = mappingAt(limit.attempt, at, "a mapping with `count` or `duration`", scope);
  if (!attempt) return;
  allowKeys(attempt, at, ["count", "duration"], scope);
  if (attempt.duration !== undefined) checkDuration(attempt.duration, [...at, "duration"], scope);
  const { count } = attempt;
  if (count !== undefined && !(Number.isSafeInteger(count) && (count as number) >= 1)) {
    scope.source.refuse([...at, "count"], `attempt.count must be a whole number from 1, but is ${shown(count)}`);
  }
}

function checkJitter(value: unknown, path: Path, scope: Scope): void {
  const jitter = mappingAt(value, path, "a mapping with `from` and `to`", scope);
  if (!jitter) return;
  allowKeys(jitter, path, ["from", "to"], scope);
  const from = checkDuration(jitter.from, [...path, "from"], scope);
  const to = checkDuration(jitter.to, [...path, "to"], scope);
  if (from !== undefined && to !== undefined && from > to) {
    scope.source.refuse(path, "jitter.from must not be longer than jitter.to");
  }
}
