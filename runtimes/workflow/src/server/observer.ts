import { GivenUp, type ProblemDetails } from "../executor/problem.ts";
import type { Place } from "../executor/scope.ts";
import type { RunState } from "../store/runs.ts";
import { follow } from "../telemetry/follow.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { now, type Spans, type ClientCall } from "../telemetry/spans.ts";
import type { TraceHeaders } from "./exchange.ts";
import { log } from "./log.ts";
import type { Settings } from "./settings.ts";

/** Milliseconds that the last spans may take at the end. */
const lastFlush = 3000;

/** The end of a run. */
export interface RunEnd {
  readonly trace: TraceHeaders;
  /** The `traceparent` of the span that it came from; empty where none was said. */
  readonly parent: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly state: RunState;
  readonly problem?: ProblemDetails | undefined;
}

type Outcome = "completed" | "failed" | "given_up";

/** Follows what the settings ask for. It is loaded only where they ask for something. */
export function observe(settings: Pick<Settings, "name" | "host" | "telemetry">): Observer {
  const { name, host, telemetry } = settings;
  const warn = (message: string) => log("warn", message);
  const resource = { "service.name": name, "service.version": process.env.K_REVISION };
  const { metrics, spans } = follow(telemetry, host, { labels: { workflow: name }, resource }, warn);
  return new Observer(name, spans, metrics && executorMetrics(metrics));
}

type ExecutorMetrics = ReturnType<typeof executorMetrics>;

function executorMetrics(metrics: Metrics) {
  return {
    runs: metrics.counter("knflow_runs_total", "Runs that ended here.", "state"),
    runSeconds: metrics.histogram("knflow_run_duration_seconds", "From a run's start to its end.", "state"),
    runsInFlight: metrics.gauge("knflow_runs_in_flight", "Runs that this process is at."),
    tasks: metrics.counter("knflow_tasks_total", "Tasks that ended here.", "task", "outcome"),
    taskSeconds: metrics.histogram("knflow_task_duration_seconds", "From a task's start to its end.", "task"),
    load: metrics.gauge("knflow_load_seconds", "What the start took, by its phases.", "phase"),
    coldStarts: metrics.counter("knflow_cold_starts_total", "Starts of this process that made it ready."),
  };
}

/** What is told of runs besides the log: spans and figures, each where the settings ask for it. */
export class Observer {
  readonly #workflow: string;
  readonly #spans: Spans | undefined;
  readonly #metrics: ExecutorMetrics | undefined;

  constructor(workflow: string, spans: Spans | undefined, metrics: ExecutorMetrics | undefined) {
    this.#workflow = workflow;
    this.#spans = spans;
    this.#metrics = metrics;
  }

  /** The process serves its workflow. */
  ready(loadSeconds: number): void {
    this.#metrics?.load(loadSeconds, "definition");
    this.#metrics?.coldStarts();
    this.#metrics?.runsInFlight(0);
  }

  /** The flags of a trace that begins with a run. */
  flagsOf(traceId: string): number {
    return this.#spans?.flagsOf(traceId) ?? 0;
  }

  /** This process begins a run, or goes on with one. */
  begin(trace: TraceHeaders): RunObserver {
    return new RunObserver(trace, this.#spans, this.#metrics);
  }

  /** A run has ended; told once, whichever executors it had. */
  ended({ trace, parent, startedAt, state, problem }: RunEnd): void {
    const { traceparent, "x-knflow-run-id": runId } = trace;
    const ended = now();
    this.#metrics?.runs(state);
    this.#metrics?.runSeconds((ended - startedAt) / 1000, state);
    this.#spans?.end({
      name: this.#workflow,
      kind: "server",
      traceparent,
      parent,
      begun: startedAt,
      ended,
      attributes: {
        "faas.name": this.#workflow,
        "faas.trigger": "http",
        "faas.invocation_id": runId,
        "knflow.workflow": this.#workflow,
        "knflow.run.id": runId,
        "knflow.run.state": state,
        "error.type": problem?.type,
      },
      error: problem && (problem.detail ?? problem.title ?? problem.type),
    });
  }

  /** Sends the last spans, for a while. */
  async flush(): Promise<void> {
    await this.#spans?.flush(lastFlush);
  }
}

/** Follows the work of this process at one run. */
export class RunObserver {
  readonly #trace: TraceHeaders;
  readonly #spans: Spans | undefined;
  readonly #metrics: ExecutorMetrics | undefined;
  /** The contexts of the tasks under way, by their keys. */
  readonly #open = new Map<string, { readonly traceparent: string; readonly parent: string }>();

  constructor(trace: TraceHeaders, spans: Spans | undefined, metrics: ExecutorMetrics | undefined) {
    this.#trace = trace;
    this.#spans = spans;
    this.#metrics = metrics;
    metrics?.runsInFlight(1);
  }

  taskStarted(key: string): void {
    if (!this.#spans) return;
    const parent = this.#around(key);
    this.#open.set(key, { parent, traceparent: this.#spans.begin(parent, () => "") });
  }

  taskEnded({ key, pointer }: Pick<Place, "key" | "pointer">, milliseconds: number, error: Error | undefined): void {
    const outcome: Outcome = error === undefined ? "completed" : error instanceof GivenUp ? "given_up" : "failed";
    this.#metrics?.tasks(pointer, outcome);
    this.#metrics?.taskSeconds(milliseconds / 1000, pointer);
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    const ended = now();
    const attributes = {
      "knflow.run.id": this.#trace["x-knflow-run-id"],
      "knflow.task": pointer,
      "knflow.task.outcome": outcome,
      "error.type": error?.name,
    };
    const name = pointer.slice(pointer.lastIndexOf("/") + 1);
    const times = { begun: ended - milliseconds, ended };
    this.#spans?.end({ name, kind: "internal", ...open, ...times, attributes, error: error?.message });
  }

  /** Follows a call that a task makes. */
  follow<Answer extends { readonly status: number }>(
    key: string,
    call: ClientCall,
    send: (traceparent: string) => Promise<Answer>,
  ): Promise<Answer> {
    const { traceparent, "x-knflow-run-id": runId } = this.#trace;
    if (!this.#spans) return send(traceparent);
    const attributes = { ...call.attributes, "knflow.run.id": runId };
    return this.#spans.client(this.#open.get(key)?.traceparent ?? traceparent, { ...call, attributes }, send);
  }

  /** This process is no longer at the run. */
  left(): void {
    this.#metrics?.runsInFlight(-1);
  }

  /** The context of what a task is in: the nearest task whose key its own goes on from, otherwise the run. */
  #around(key: string): string {
    for (let outer = key; ;) {
      const turn = /~[aiv]\d+$/.exec(outer)?.index;
      outer = outer.slice(0, turn ?? outer.lastIndexOf("/"));
      if (outer === "") return this.#trace.traceparent;
      const open = this.#open.get(outer);
      if (open) return open.traceparent;
    }
  }
}
