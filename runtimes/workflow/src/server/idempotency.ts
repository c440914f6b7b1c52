import { createHash } from "node:crypto";
import type { TraceHeaders } from "./exchange.ts";

/**
 * What tells a callee that it was asked the same before: a task may run again where its executor was lost, or where it is
 * retried. https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 *
 * @param key the task's key in a run's records
 */
export function idempotencyKey(trace: TraceHeaders, key: string): string {
  const task = key.replace(/~a\d+/g, "");
  // The run's span is its own, whatever id its caller gave to it, and stays where another executor takes it up.
  const digest = createHash("sha256").update(`${trace.traceparent}\n${task}`).digest("hex").slice(0, 32);
  // The standard wants a quoted string.
  return `"${digest}"`;
}
