import protobuf from "protobufjs";

/** An attribute of a span or of a resource, as OTLP's JSON form has it. */
export interface Attribute {
  readonly key: string;
  readonly value: { stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean };
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { code?: number; message?: string };
}

/** What exporters post to `/v1/traces`. */
export interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/**
 * The part of OTLP's messages that is read, by the numbers of
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message TraceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 start_time_unix_nano = 7;
    fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9;
    Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
`);
const message = root.lookupType("TraceRequest");

/** Reads what exporters post, in OTLP's JSON form or in its binary one. */
export function parseTraces(body: Uint8Array, contentType: string | undefined): TraceRequest {
  if (contentType !== "application/x-protobuf") return JSON.parse(Buffer.from(body).toString()) as TraceRequest;
  const decoded = message.toObject(message.decode(body), { longs: String, arrays: true, objects: true });
  return withHexadecimalIds(decoded as BinaryTraceRequest);
}

type BinaryIds = Record<"traceId" | "spanId" | "parentSpanId", Uint8Array | undefined>;

interface BinaryTraceRequest {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly (Omit<OtlpSpan, keyof BinaryIds> & BinaryIds)[] }[];
  }[];
}

function withHexadecimalIds({ resourceSpans }: BinaryTraceRequest): TraceRequest {
  const hex = (id: Uint8Array | undefined) => Buffer.from(id ?? []).toString("hex");
  return {
    resourceSpans: resourceSpans.map(({ resource, scopeSpans }) => ({
      resource: resource ?? { attributes: [] },
      scopeSpans: scopeSpans.map(({ spans }) => ({
        spans: spans.map((span) => ({
          ...span,
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentSpanId: hex(span.parentSpanId),
          status: span.status ?? {},
        })),
      })),
    })),
  };
}
