import type { Duration } from "./duration.ts";

/** What `input`, `output` and `export` may say: a runtime expression, or a structure with expressions in it. */
export type Transformation = unknown;

/** A JSON Schema, inline. */
export interface SchemaRule {
  readonly format?: string;
  readonly document: object | boolean;
}

export interface InputRule {
  readonly schema?: SchemaRule;
  readonly from?: Transformation;
}

/** `output` of a task or the workflow, or a task's `export`. */
export interface OutputRule {
  readonly schema?: SchemaRule;
  readonly as?: Transformation;
}

/** A limit of time, or the name of one under `use.timeouts`. */
export type TimeoutRule = string | { readonly after: Duration };

/** What every task may say besides what it does. */
export interface TaskBase {
  readonly if?: string;
  readonly input?: InputRule;
  readonly output?: OutputRule;
  readonly export?: OutputRule;
  readonly timeout?: TimeoutRule;
  /** `continue`, `exit`, `end`, or a task of the same list. */
  readonly then?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface CallTask extends TaskBase {
  readonly call: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface AuthenticationRule {
  readonly use?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly bearer?: { readonly token: string };
}

export type EndpointRule = string | { readonly uri: string; readonly authentication?: AuthenticationRule };

export interface HttpTask extends TaskBase {
  readonly call: "http";
  readonly with: {
    readonly method: string;
    readonly endpoint: EndpointRule;
    readonly headers?: unknown;
    readonly query?: unknown;
    readonly body?: unknown;
    readonly output?: "content" | "response" | "raw";
    readonly redirect?: boolean;
  };
}

export interface SetTask extends TaskBase {
  readonly set: Transformation;
}

export interface DoTask extends TaskBase {
  readonly do: TaskList;
}

export interface ForTask extends TaskBase {
  readonly for: { readonly each?: string; readonly in: string; readonly at?: string };
  readonly while?: string;
  readonly do: TaskList;
}

export interface ForkTask extends TaskBase {
  readonly fork: { readonly branches: TaskList; readonly compete?: boolean };
}

export interface SwitchTask extends TaskBase {
  readonly switch: readonly Readonly<Record<string, { readonly when?: string; readonly then: string }>>[];
}

export interface RetryPolicy {
  readonly when?: string;
  readonly exceptWhen?: string;
  readonly delay?: Duration;
  readonly backoff?: { readonly constant?: unknown; readonly linear?: unknown; readonly exponential?: unknown };
  readonly jitter?: { readonly from: Duration; readonly to: Duration };
  readonly limit?: {
    readonly attempt?: { readonly count?: number; readonly duration?: Duration };
    readonly duration?: Duration;
  };
}

export interface TryTask extends TaskBase {
  readonly try: TaskList;
  readonly catch: {
    readonly errors?: { readonly with?: Readonly<Record<string, unknown>> };
    readonly as?: string;
    readonly when?: string;
    readonly exceptWhen?: string;
    readonly retry?: string | RetryPolicy;
    readonly do?: TaskList;
  };
}

/** An error as a definition describes it; its texts may be expressions. */
export interface ErrorRule {
  readonly type: string;
  readonly status: number | string;
  readonly title?: string;
  readonly detail?: string;
  readonly instance?: string;
}

export interface RaiseTask extends TaskBase {
  readonly raise: { readonly error: string | ErrorRule };
}

export interface WaitTask extends TaskBase {
  readonly wait: Duration;
}

export type Task =
  CallTask | HttpTask | SetTask | DoTask | ForTask | ForkTask | SwitchTask | TryTask | RaiseTask | WaitTask;

/** Named tasks in their order: each item has one key, the task's name. */
export type TaskList = readonly Readonly<Record<string, Task>>[];

/** What tasks refer to by name. */
export interface Reusable {
  readonly authentications?: Readonly<Record<string, AuthenticationRule>>;
  readonly errors?: Readonly<Record<string, ErrorRule>>;
  readonly retries?: Readonly<Record<string, RetryPolicy>>;
  readonly timeouts?: Readonly<Record<string, { readonly after: Duration }>>;
}

/** A workflow in the supported subset of the Serverless Workflow DSL 1.0. */
export interface Definition {
  readonly document: {
    readonly dsl: string;
    readonly namespace: string;
    readonly name: string;
    readonly version: string;
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
  readonly use?: Reusable;
  readonly timeout?: TimeoutRule;
  readonly input?: InputRule;
  readonly output?: OutputRule;
  readonly do: TaskList;
}

/** Something wrong in a definition, told so that an editor can jump to it. */
export interface Problem {
  readonly file: string;
  /** Line and column, from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
