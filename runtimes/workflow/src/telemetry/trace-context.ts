import { randomHex } from "./random.ts";

/** Which span of which trace; https://www.w3.org/TR/trace-context-2/ */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly flags: number;
}

/** Of any version but ff; later ones may have further fields. Neither id is all zeros. */
const sound = /^(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** What is known of the flags, which is all that is handed on: sampled, and that the trace's id is random. */
const knownFlags = 0b11;

export const sampledFlag = 0b01;

/** Reads a `traceparent` header; undefined where it is none. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, traceId, spanId, flags] = sound.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, flags: parseInt(flags, 16) & knownFlags };
}

/** The `traceparent` header of a new span in a trace. */
export function newTraceparent(traceId: string, flags: number): string {
  return `00-${traceId}-${randomHex(16)}-0${flags}`;
}

/** Whether a `tracestate` header can be handed on. */
export function isTracestate(text: unknown): text is string {
  return typeof text === "string" && /^[\t\x20-\x7e]+$/.test(text);
}
