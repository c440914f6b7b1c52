import { Metrics } from "./metrics.ts";
import { serveMetrics } from "./metrics-server.ts";
import type { TelemetrySettings } from "./settings.ts";
import { SpanExporter } from "./span-exporter.ts";
import { Spans } from "./spans.ts";

/** What tells of a process: its metrics' labels, and the attributes of its spans. */
interface Followed {
  readonly labels: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string | undefined>>;
}

/**
 * Begins to serve metrics and to send spans, each where the settings ask for it.
 *
 * @param host the address that metrics are served at
 * @param warn told what goes wrong
 */
export function follow(
  telemetry: TelemetrySettings | undefined,
  host: string,
  { labels, resource }: Followed,
  warn: (message: string) => void,
): { metrics: Metrics | undefined; spans: Spans | undefined } {
  const { metricsPort, tracing } = telemetry ?? {};
  const metrics = metricsPort === undefined ? undefined : new Metrics(labels);
  if (metrics && metricsPort !== undefined) serveMetrics(metrics, host, metricsPort, warn);
  const own = {
    ...resource,
    "service.instance.id": process.env.HOSTNAME,
    "telemetry.sdk.name": "knflow",
    "telemetry.sdk.language": "nodejs",
  };
  const spans = tracing && new Spans(tracing.sampling, new SpanExporter(tracing, own, warn));
  return { metrics, spans };
}
