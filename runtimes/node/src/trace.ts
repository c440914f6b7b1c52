import { hash } from "node:crypto";
import { isTracestate, newTraceparent, parseTraceparent } from "../../workflow/src/telemetry/trace-context.ts";

/** What a call comes with. */
interface Traced {
  readonly runId: string;
  readonly traceparent: string;
  readonly tracestate: string;
}

/**
 * Headers of a call: the caller's trace goes on, with a span of the call's own and with what its tracers say of it; otherwise
 * one that all calls of the run share. https://www.w3.org/TR/trace-context-2/
 */
export function traceOf({ runId, traceparent, tracestate }: Traced): {
  readonly traceparent: string;
  readonly tracestate?: string;
} {
  const known = parseTraceparent(traceparent);
  if (known === undefined) return { traceparent: newTraceparent(traceIdOf(runId), 0) };
  const headers = { traceparent: newTraceparent(known.traceId, known.flags) };
  return isTracestate(tracestate) ? { ...headers, tracestate } : headers;
}

/** The trace of a run that came without one. */
export function traceIdOf(runId: string): string {
  return hash("sha256", runId).slice(0, 32);
}
