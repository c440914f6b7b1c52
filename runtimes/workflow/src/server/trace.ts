import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
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

/** Of any version but ff; later ones may have further fields. Neither id is all zeros. */
const sound = /^(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;
/** What is known of the flags, which is all that is handed on: sampled, and that the trace's id is random. */
const knownFlags = 0b11;

/**
 * W3C trace context: the caller's trace goes on, with a span of our own and with what its tracers say of it; otherwise a
 * trace begins. https://www.w3.org/TR/trace-context-2/
 */
export function traceOf({ headers }: IncomingMessage): Pick<TraceHeaders, "traceparent" | "tracestate"> {
  const [, trace, flags = "00"] = sound.exec(String(headers.traceparent ?? "")) ?? [];
  const span = randomBytes(8).toString("hex");
  if (trace === undefined) return { traceparent: `00-${randomBytes(16).toString("hex")}-${span}-00` };
  const traceparent = `00-${trace}-${span}-0${parseInt(flags, 16) & knownFlags}`;
  const state = headers.tracestate;
  return typeof state === "string" && /^[\t\x20-\x7e]+$/.test(state)
    ? { traceparent, tracestate: state }
    : { traceparent };
}

/** As the caller sent it, for the functions that the run calls. */
export function depthOf(request: IncomingMessage): { readonly "x-knflow-depth"?: string } {
  const given = request.headers["x-knflow-depth"];
  return typeof given === "string" && /^\d{1,3}$/.test(given) ? { "x-knflow-depth": given } : {};
}
