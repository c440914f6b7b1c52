import type { Attributes, Span } from "./otlp.ts";
import type { SpanExporter } from "./span-exporter.ts";
import { newTraceparent, parseTraceparent, sampledFlag } from "./trace-context.ts";

/** A call of something else by HTTP. */
export interface ClientCall {
  readonly name: string;
  readonly method: string;
  readonly address: string;
  readonly attributes: Attributes;
}

/** Makes spans, and hands on those of sampled traces. */
export class Spans {
  readonly #sampling: number;
  readonly #exporter: SpanExporter;

  /** @param sampling the share of traces that begin here and are kept; of others, who began them has decided */
  constructor(sampling: number, exporter: SpanExporter) {
    this.#sampling = sampling;
    this.#exporter = exporter;
  }

  /** The flags of a trace that begins here: by its id, so that all who are asked say the same. */
  flagsOf(traceId: string): number {
    return parseInt(traceId.slice(-13), 16) < this.#sampling * 2 ** 52 ? sampledFlag : 0;
  }

  /**
   * The context of a new span.
   *
   * @param parent the context of the span around it; where it is none, a trace begins
   * @param newTraceId names that trace
   */
  begin(parent: string, newTraceId: () => string): string {
    const known = parseTraceparent(parent);
    if (known) return newTraceparent(known.traceId, known.flags);
    const traceId = newTraceId();
    return newTraceparent(traceId, this.flagsOf(traceId));
  }

  end(span: Span): void {
    if (isSampled(span.traceparent)) this.#exporter.add(span);
  }

  /** Follows a call, from before it is sent until its answer is there. */
  async client<Answer extends { readonly status: number }>(
    parent: string,
    { name, method, address, attributes }: ClientCall,
    send: (traceparent: string) => Promise<Answer>,
  ): Promise<Answer> {
    const traceparent = this.begin(parent, () => "");
    if (!isSampled(traceparent)) return send(traceparent);
    const begun = now();
    const ended = (status: number | undefined, error: string | undefined, errorType: string | undefined) => {
      const url = new URL(address);
      const told = {
        ...attributes,
        "http.request.method": method,
        "http.response.status_code": status,
        "server.address": url.hostname,
        "server.port": Number(url.port || (url.protocol === "https:" ? 443 : 80)),
        "url.full": url.origin + url.pathname,
        "error.type": errorType,
      };
      this.end({ name, kind: "client", traceparent, parent, begun, ended: now(), attributes: told, error });
    };
    try {
      const answer = await send(traceparent);
      const { status } = answer;
      if (status >= 400) ended(status, `status ${status}`, String(status));
      else ended(status, undefined, undefined);
      return answer;
    } catch (error) {
      const { name: type, message } = error as Error;
      ended(undefined, message, type);
      throw error;
    }
  }

  /** Sends what waits, as far as that can be done in so many milliseconds. */
  flush(milliseconds: number): Promise<void> {
    return this.#exporter.flush(milliseconds);
  }
}

/** Milliseconds since 1970, finer than `Date.now()`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

function isSampled(traceparent: string): boolean {
  return ((parseTraceparent(traceparent)?.flags ?? 0) & sampledFlag) !== 0;
}
