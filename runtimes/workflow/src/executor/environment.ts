import type { ProblemDetails } from "./problem.ts";
import type { Place } from "./scope.ts";

/** One call of a function. */
export interface FunctionCall {
  readonly function: string;
  readonly input: unknown;
  /** JSON pointer of the task. */
  readonly instance: string;
  /** The task's key in {@link TaskRecords}. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** One call of anything else by HTTP. */
export interface HttpCall {
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** JSON pointer of the task. */
  readonly instance: string;
  /** The task's key in {@link TaskRecords}. */
  readonly key: string;
  readonly signal: AbortSignal;
  /** Whether a timeout of the definition ends it. */
  readonly isLimited: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The run's context, where a task, or one in it or beside it, exported one. */
export interface ExportedContext {
  readonly context?: unknown;
  /** Which of the run's exports that is, counted from 1. Records of older executors do not tell it. */
  readonly exported?: number;
}

/** When an attempt failed. Records of older executors do not tell it. */
export interface FailedAttempt {
  /** When the first attempt of the task began, in milliseconds since 1970. */
  readonly begun: number;
  /** When this one failed. */
  readonly failed: number;
  /** How much of the jitter is waited before the next one, from 0 to 1. */
  readonly chance: number;
}

/** What a task came to: all that a run needs in order to go on behind it without running it again. */
export type TaskRecord =
  | ({
      readonly output: unknown;
      /** What the run does next: `continue`, `exit`, `end`, or a task of the same list. */
      readonly next: string;
    } & ExportedContext)
  /** An attempt of a `try` task that failed, and was caught; what its tasks exported before stays. */
  | ({ readonly problem: ProblemDetails } & Partial<FailedAttempt> & ExportedContext)
  /** A `wait` under way: when it is over, in milliseconds since 1970. */
  | { readonly until: number };

/**
 * Where tasks' results are kept. A key is the task's JSON pointer with what tells its turns apart: `~i2` behind a loop (item
 * 2), `~a1` behind a `try` (attempt 1), `~v1` behind a task that `then` came back to; all are counted from 0.
 */
export interface TaskRecords {
  /** The highest number of an export in what was found of the run; 0 where there is none. */
  readonly exports: number;
  find(key: string): Promise<TaskRecord | undefined>;
  keep(key: string, record: TaskRecord): Promise<void>;
}

/** How the executor reaches what is around it. */
export interface RunEnvironment {
  readonly runId: string;
  readonly signal: AbortSignal;
  /** Calls a function. @throws Fault where the call fails */
  call(call: FunctionCall): Promise<unknown>;
  /** Sends a request; any status is an answer. @throws Fault where there is no answer */
  http(call: HttpCall): Promise<HttpAnswer>;
  /** When the run was started first, in milliseconds since 1970. Default: now */
  readonly startedAt?: number;
  taskStarted?(place: Place): void;
  taskEnded?(place: Place, milliseconds: number, error: Error | undefined): void;
  /** Tasks found here are not run again. */
  readonly records?: TaskRecords;
}
