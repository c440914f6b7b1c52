/** What the page brings of its workflow. */
export interface WorkflowData {
  readonly name: string;
  /** The object with the definition that the diagram shows. */
  readonly object: string;
  readonly examples: readonly { readonly name: string; readonly text: string }[];
  /** Whether runs are written down. */
  readonly isStored: boolean;
  /** Every task of the definition. */
  readonly tasks: readonly { readonly pointer: string; readonly name: string; readonly kind: string }[];
}

/** A task of a run, as docs/reference/runs.md tells it. */
export interface RunTask {
  readonly task: string;
  readonly items?: readonly number[];
  readonly attempt: number;
  readonly startedAt: string;
  readonly durationMs?: number;
  readonly error?: string;
}

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  readonly instance: string;
}

export type RunState = "running" | "completed" | "faulted" | "cancelled";

export interface RunSummary {
  readonly id: string;
  readonly state: RunState;
  readonly startedAt: string;
  readonly durationMs?: number;
}

export interface Run extends RunSummary {
  readonly archive: string;
  readonly input: unknown;
  readonly output?: unknown;
  readonly problem?: Problem;
  readonly tasks: readonly RunTask[];
}

export type StepState = "idle" | "running" | "done" | "failed" | "skipped";

/** A task of the definition, and what became of it in a run. */
export interface Step {
  readonly state: StepState;
  /** How often it ran, and how often to its end. */
  readonly turns: number;
  readonly ended: number;
  /** The longest time that it took, in milliseconds; undefined where it has none yet. */
  readonly longest: number | undefined;
  /** The last attempt of its `try`, from 1. */
  readonly attempt: number;
  /** What went wrong last. */
  readonly error: string | undefined;
}
