import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isTracestate, newTraceparent, parseTraceparent } from "../telemetry/trace-context.ts";
import type { TraceHeaders } from "./exchange.ts";

/** What a run may be named by in an address. */
export const runIdPattern = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/;
/** What a caller may name it by: there is room for what tells several runs of one id apart. */
const longestGiven = 119;

/** The caller's run id where it sent a sound one, otherwise a new one. */
export function runIdOf(request: IncomingMessage): string {
  const given = request.headers["x-knflow-run-id"];
  return typeof given === "string" && given.length <= longestGiven && runIdPattern.test(given)
    ? given
    : randomBytes(16).toString("hex");
}

/**
 * W3C trace context: the caller's trace goes on, with a span of our own and with what its tracers say of it; otherwise a
 * trace begins. https://www.w3.org/TR/trace-context-2/
 *
 * @param flagsOf the flags of a trace that begins
 */
export function traceOf(
  { headers }: IncomingMessage,
  flagsOf?: (traceId: string) => number,
): Pick<TraceHeaders, "traceparent" | "tracestate"> {
  const known = parseTraceparent(String(headers.traceparent ?? ""));
  if (known === undefined) return newTrace(flagsOf);
  const traceparent = newTraceparent(known.traceId, known.flags);
  const { tracestate } = headers;
  return isTracestate(tracestate) ? { traceparent, tracestate } : { traceparent };
}

/**
 * A trace that begins here.
 *
 * @param flagsOf its flags; by default nobody keeps it
 */
export function newTrace(flagsOf: (traceId: string) => number = () => 0): Pick<TraceHeaders, "traceparent"> {
  const traceId = randomBytes(16).toString("hex");
  return { traceparent: newTraceparent(traceId, flagsOf(traceId)) };
}

/** The span that a request comes from; empty where it says none. */
export function parentOf({ headers }: IncomingMessage): string {
  const given = String(headers.traceparent ?? "");
  return parseTraceparent(given) ? given : "";
}

/** A run's trace as the store has it: who takes the run up needs both. */
export function storedTrace(trace: TraceHeaders, parent: string): string {
  return JSON.stringify(parent === "" ? trace : { ...trace, parent });
}

export function traceIn(stored: string): { readonly trace: TraceHeaders; readonly parent: string } {
  const { parent = "", ...trace } = JSON.parse(stored) as TraceHeaders & { parent?: string };
  return { trace, parent };
}

/** As the caller sent it, for the functions that the run calls. */
export function depthOf(request: IncomingMessage): { readonly "x-knflow-depth"?: string } {
  const given = request.headers["x-knflow-depth"];
  return typeof given === "string" && /^\d{1,3}$/.test(given) ? { "x-knflow-depth": given } : {};
}
