/** What `input`, `output` and `export` may say: a runtime expression, or a structure with expressions in it. */
export type Transformation = unknown;

/** What every task may say besides what it does. */
export interface TaskBase {
  readonly input?: { readonly from?: Transformation };
  readonly output?: { readonly as?: Transformation };
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface CallTask extends TaskBase {
  readonly call: string;
  readonly with?: Readonly<Record<string, unknown>>;
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

export type Task = CallTask | SetTask | DoTask | ForTask;

/** Named tasks in their order: each item has one key, the task's name. */
export type TaskList = readonly Readonly<Record<string, Task>>[];

/** A workflow in the supported subset of the Serverless Workflow DSL 1.0. */
export interface Definition {
  readonly document: {
    readonly dsl: string;
    readonly namespace: string;
    readonly name: string;
    readonly version: string;
  };
  readonly input?: { readonly from?: Transformation };
  readonly output?: { readonly as?: Transformation };
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
