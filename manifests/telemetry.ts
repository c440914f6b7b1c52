import type { SecretVariable } from "./knative-service.ts";

/** The port at which functions and executors give their metrics: that of OpenTelemetry's exporters for Prometheus. */
export const metricsPort = 9464;

/** What a stack's processes tell of themselves, besides their logs. */
export interface TelemetrySpec {
  /** Where traces go; undefined where none are made. */
  readonly tracing?:
    | {
        /** The collector's address for OTLP/HTTP, without `/v1/traces`. */
        readonly endpoint: string;
        /** The share of traces that are kept, from 0 to 1. */
        readonly sampling: number;
        /** The Kubernetes Secret with headers for the collector: `name=value,name=value`. */
        readonly headers?: { readonly secret: string; readonly key: string } | undefined;
      }
    | undefined;
  /** The namespaces whose pods may read metrics; undefined where there are none. */
  readonly metrics?: { readonly namespaces: readonly string[] } | undefined;
}

/** The variables of a runtime that say so. */
export function telemetryEnvironment({ tracing, metrics }: TelemetrySpec = {}): Record<string, string> {
  return {
    ...(tracing && {
      KNFLOW_TRACING_ENDPOINT: tracing.endpoint,
      KNFLOW_TRACING_SAMPLING: String(tracing.sampling),
    }),
    ...(metrics && { KNFLOW_METRICS_PORT: String(metricsPort) }),
  };
}

/** Those whose values are in Secrets. */
export function telemetrySecrets({ tracing }: TelemetrySpec = {}): SecretVariable[] {
  if (!tracing?.headers) return [];
  const { secret: name, key } = tracing.headers;
  return [{ name: "KNFLOW_TRACING_HEADERS", valueFrom: { secretKeyRef: { name, key } } }];
}

/**
 * The annotations of pods by which Prometheus finds them. Knative lets a container declare its one port alone, so the other one
 * is nowhere else.
 */
export function scrapeAnnotations({ metrics }: TelemetrySpec = {}): Record<string, string> {
  if (!metrics) return {};
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(metricsPort),
    "prometheus.io/path": "/metrics",
  };
}

/** The settings of Knative's and of Kourier's own tracing: their names are the same. */
export interface PlatformTracing {
  readonly "tracing-protocol": "http/protobuf";
  readonly "tracing-endpoint": string;
  readonly "tracing-sampling-rate": string;
}

/**
 * What Knative's activator and queue-proxy are told of tracing; nothing where the collector wants headers, which they do not send.
 *
 * They obey a caller's decision only where the share lies between 0 and 1: with 1 they keep every trace, with 0 they drop all, and tell
 * whom they call so (`sampleFor` in knative.dev/pkg, observability/tracing/provider.go).
 */
export function knativeTracing(telemetry: TelemetrySpec): PlatformTracing | undefined {
  const least = 0.000001;
  const share = Math.min(Math.max(telemetry.tracing?.sampling ?? 0, least), 1 - least);
  return platformTracing(telemetry, String(share));
}

/**
 * What Kourier's gateway is told of tracing; nothing where the collector wants headers or TLS, which it does not speak.
 *
 * A share below 1 it takes of every request, one by one, also of those whose trace somebody keeps already, and has all behind it drop
 * the rest (`OverallSampling` in net-kourier, pkg/reconciler/ingress/config/tracing.go). So it makes spans only where all are kept: then it does as its callers say.
 */
export function gatewayTracing(telemetry: TelemetrySpec): PlatformTracing | undefined {
  return telemetry.tracing?.sampling === 1 ? platformTracing(telemetry, "1") : undefined;
}

function platformTracing({ tracing }: TelemetrySpec, share: string): PlatformTracing | undefined {
  if (tracing === undefined || tracing.headers || !tracing.endpoint.startsWith("http://")) return undefined;
  const { hostname, port, pathname } = new URL(`${tracing.endpoint}/v1/traces`);
  return {
    "tracing-protocol": "http/protobuf",
    // Kourier needs the port, also where it is the usual one.
    "tracing-endpoint": `http://${hostname}:${port || 80}${pathname}`,
    "tracing-sampling-rate": share,
  };
}
