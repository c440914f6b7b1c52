/** A figure that processes of the platform give to Prometheus. */
export interface MetricFamily {
  readonly type: "counter" | "gauge" | "histogram";
  /** Besides those that all figures of its kind of process have. */
  readonly labels: readonly string[];
}

const everywhere: Readonly<Record<string, MetricFamily>> = {
  knflow_load_seconds: { type: "gauge", labels: ["phase"] },
  knflow_cold_starts_total: { type: "counter", labels: [] },
};

/** Of functions, in every language; with the labels `workflow` and `function`. */
export const functionMetrics: Readonly<Record<string, MetricFamily>> = {
  ...everywhere,
  knflow_invocations_total: { type: "counter", labels: ["status"] },
  knflow_invocation_duration_seconds: { type: "histogram", labels: [] },
  knflow_invocations_in_flight: { type: "gauge", labels: [] },
};

/** Of executors; with the label `workflow`. */
export const executorMetrics: Readonly<Record<string, MetricFamily>> = {
  ...everywhere,
  knflow_runs_total: { type: "counter", labels: ["state"] },
  knflow_run_duration_seconds: { type: "histogram", labels: ["state"] },
  knflow_runs_in_flight: { type: "gauge", labels: [] },
  knflow_tasks_total: { type: "counter", labels: ["task", "outcome"] },
  knflow_task_duration_seconds: { type: "histogram", labels: ["task"] },
};
