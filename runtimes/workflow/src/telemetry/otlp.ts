import { parseTraceparent } from "./trace-context.ts";

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** Something that took its time. */
export interface Span {
  readonly name: string;
  readonly kind: "internal" | "server" | "client";
  /** Its own context, as the header has it. */
  readonly traceparent: string;
  /** That of the span around it; empty for the first of a trace. */
  readonly parent: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly ended: number;
  readonly attributes: Attributes;
  /** What went wrong, where something did. */
  readonly error?: string | undefined;
}

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const kinds = { internal: 1, server: 2, client: 3 } as const;
const failed = 2;

/**
 * A request of OTLP in its JSON form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 * @param resource what is common to all spans of a process
 */
export function traceRequest(resource: Attributes, spans: readonly Span[]): string {
  const scopeSpans = [{ scope: { name: "knflow" }, spans: spans.map(encode) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: encodeAttributes(resource) }, scopeSpans }] });
}

function encode({ name, kind, traceparent, parent, begun, ended, attributes, error }: Span) {
  const { traceId, spanId, flags } = parseTraceparent(traceparent) ?? { traceId: "", spanId: "", flags: 0 };
  return {
    traceId,
    spanId,
    parentSpanId: parseTraceparent(parent)?.spanId ?? "",
    flags,
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(begun),
    endTimeUnixNano: nanoseconds(Math.max(begun, ended)),
    attributes: encodeAttributes(attributes),
    status: error === undefined ? {} : { code: failed, message: error },
  };
}

function encodeAttributes(attributes: Attributes) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [{ key, value: encodeValue(value) }],
  );
}

function encodeValue(value: AttributeValue) {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** A double holds such a moment to a quarter of a microsecond. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}000`;
}
