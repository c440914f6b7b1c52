import { createHash, randomBytes } from "node:crypto";

/** Of any version but ff; later ones may have further fields. Neither id is all zeros. */
const sound = /^(?!ff)(?!00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;
/** What is known of the flags, which is all that is handed on: sampled, and that the trace's id is random. */
const knownFlags = 0b11;

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
export function traceOf({ runId, traceparent, tracestate }: Traced): Record<string, string> {
  const [, trace, flags = "00"] = sound.exec(traceparent) ?? [];
  const span = randomBytes(8).toString("hex");
  if (trace === undefined) {
    const own = createHash("sha256").update(runId).digest("hex").slice(0, 32);
    return { traceparent: `00-${own}-${span}-00` };
  }
  const headers = { traceparent: `00-${trace}-${span}-0${parseInt(flags, 16) & knownFlags}` };
  return /^[\t\x20-\x7e]+$/.test(tracestate) ? { ...headers, tracestate } : headers;
}
