import { follow } from "../../workflow/src/telemetry/follow.ts";
import type { Metrics } from "../../workflow/src/telemetry/metrics.ts";
import { now, type Spans } from "../../workflow/src/telemetry/spans.ts";
import { parseTraceparent } from "../../workflow/src/telemetry/trace-context.ts";
import type { Head } from "./head.ts";
import type { Log } from "./log.ts";
import { redactor } from "./redact.ts";
import type { Settings } from "./settings.ts";
import { traceIdOf } from "./trace.ts";

/** What a start took, in milliseconds. */
interface LoadTimes {
  readonly downloadMs: number;
  readonly unpackMs: number;
  readonly importMs: number;
}

/** What is told of a request, from when it came. */
export interface Invocation {
  /** The context in which the handler works. */
  readonly traceparent: string;
  readonly tracestate: string;
  /**
   * It is answered.
   *
   * @param errorType what the answer calls the error, where it is one
   */
  end(status: number, errorType?: string, message?: string): void;
}

/** Follows what the settings ask for. It is loaded only where they ask for something. */
export function observe(settings: Settings, log: Log): Observer {
  const { function: name, workflow, revision, host, telemetry } = settings;
  const warn = (message: string) => log.line("warn", message);
  const resource = {
    "service.name": `${workflow}-${name}`,
    "service.version": revision,
    "faas.name": name,
    "faas.version": revision,
    "knflow.workflow": workflow,
  };
  const { metrics, spans } = follow(telemetry, host, { labels: { workflow, function: name }, resource }, warn);
  return new Observer(name, spans, metrics && functionMetrics(metrics));
}

type FunctionMetrics = ReturnType<typeof functionMetrics>;

function functionMetrics(metrics: Metrics) {
  return {
    invocations: metrics.counter("knflow_invocations_total", "Requests that were answered.", "status"),
    seconds: metrics.histogram("knflow_invocation_duration_seconds", "From a request to its answer."),
    inFlight: metrics.gauge("knflow_invocations_in_flight", "Requests that are not answered yet."),
    load: metrics.gauge("knflow_load_seconds", "What the start took, by its phases.", "phase"),
    coldStarts: metrics.counter("knflow_cold_starts_total", "Starts of this process that made it ready."),
  };
}

/** What is told of requests besides the log: spans and figures, each where the settings ask for it. */
export class Observer {
  readonly spans: Spans | undefined;
  readonly #function: string;
  readonly #metrics: FunctionMetrics | undefined;
  #isFirst = true;

  constructor(name: string, spans: Spans | undefined, metrics: FunctionMetrics | undefined) {
    this.spans = spans;
    this.#function = name;
    this.#metrics = metrics;
  }

  /** The process serves its function. */
  ready({ downloadMs, unpackMs, importMs }: LoadTimes): void {
    const phases = { download: downloadMs, unpack: unpackMs, import: importMs };
    for (const [phase, milliseconds] of Object.entries(phases)) this.#metrics?.load(milliseconds / 1000, phase);
    this.#metrics?.coldStarts();
    this.#metrics?.inFlight(0);
  }

  /** A request has come. */
  begin(runId: string, method: string, { traceparent: parent, tracestate: given }: Head): Invocation {
    const begun = now();
    // What tracers say of a trace that nobody can follow belongs to no other one.
    const tracestate = this.spans && !parseTraceparent(parent) ? "" : given;
    const traceparent = this.spans?.begin(parent, () => traceIdOf(runId)) ?? parent;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#metrics?.inFlight(1);
    const end = (status: number, errorType?: string, message?: string) => {
      const ended = now();
      this.#metrics?.inFlight(-1);
      this.#metrics?.invocations(String(status));
      this.#metrics?.seconds((ended - begun) / 1000);
      this.spans?.end({
        name: this.#function,
        kind: "server",
        traceparent,
        parent,
        begun,
        ended,
        attributes: {
          "faas.trigger": "http",
          "faas.invocation_id": runId,
          "faas.coldstart": isFirst,
          "http.request.method": method,
          "http.response.status_code": status,
          "knflow.run.id": runId,
          "error.type": errorType,
        },
        // What a client did wrong is no error of the server's: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
        error: status >= 500 ? redactor.text(message ?? errorType ?? `status ${status}`) : undefined,
      });
    };
    return { traceparent, tracestate, end };
  }

  /** Sends the last spans, for so many milliseconds at most. */
  async flush(milliseconds: number): Promise<void> {
    await this.spans?.flush(milliseconds);
  }
}
