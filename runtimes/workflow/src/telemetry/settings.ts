/** What a process tells of itself, besides its log; docs/reference/observability.md has the variables. */
export interface TelemetrySettings {
  /** Where spans go; undefined where none are made. */
  readonly tracing:
    | {
        /** The address that batches are posted to. */
        readonly address: string;
        /** The share of traces that begin here and are kept, from 0 to 1. */
        readonly sampling: number;
        readonly headers: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Where Prometheus reads figures; undefined where nothing is counted. */
  readonly metricsPort: number | undefined;
}

/**
 * Reads the settings; undefined where nothing is to be told, which is the usual case: then nothing else of this folder
 * is loaded.
 *
 * @param problems gets what is wrong
 */
export function readTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): TelemetrySettings | undefined {
  const endpoint = env.KNFLOW_TRACING_ENDPOINT;
  const port = env.KNFLOW_METRICS_PORT;
  if (!endpoint && !port) return undefined;
  return {
    tracing: endpoint ? readTracing(endpoint, env, problems) : undefined,
    metricsPort: port ? numberOf("KNFLOW_METRICS_PORT", port, 1, 65_535, problems) : undefined,
  };
}

function readTracing(
  endpoint: string,
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): TelemetrySettings["tracing"] {
  if (!/^https?:\/\/[A-Za-z0-9.-]{1,253}(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*$/.test(endpoint)) {
    problems.push(`KNFLOW_TRACING_ENDPOINT is '${endpoint}', which is not http(s)://<host>[:port][/<path>]`);
  }
  return {
    address: `${endpoint}/v1/traces`,
    sampling: numberOf("KNFLOW_TRACING_SAMPLING", env.KNFLOW_TRACING_SAMPLING || "1", 0, 1, problems),
    headers: readHeaders(env.KNFLOW_TRACING_HEADERS ?? "", problems),
  };
}

function numberOf(name: string, text: string, least: number, most: number, problems: string[]): number {
  if (Number(text) >= least && Number(text) <= most) return Number(text);
  problems.push(`${name} is '${text}', which is not a number from ${least} to ${most}`);
  return least;
}

/** As OTEL_EXPORTER_OTLP_HEADERS has them: `name=value,name=value`. The text is not told: it may hold a password. */
function readHeaders(text: string, problems: string[]): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  const read = pairs.map((pair) => /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x20-\x7e]*?)\s*$/.exec(pair));
  if (read.includes(null)) problems.push("KNFLOW_TRACING_HEADERS must be <name>=<value>, with commas between several");
  return Object.fromEntries(read.flatMap((one) => (one?.[1] === undefined ? [] : [[one[1], one[2] ?? ""]])));
}
