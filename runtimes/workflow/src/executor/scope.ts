import type { Definition } from "../definition/types.ts";
import type { RunContext } from "./context.ts";
import type { RunEnvironment } from "./environment.ts";

/** What all tasks of a run share. */
export interface RunState {
  readonly definition: Definition;
  readonly environment: RunEnvironment;
  /** What tasks exported last; before, the run's input. */
  context: RunContext;
  /** How often tasks have exported a context, those of executors before this one too. */
  exports: number;
}

/** What tasks see of the run around them. */
export interface Scope {
  readonly run: RunState;
  /** Variables of expressions, by name without `$`; `context` is the run's. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Aborted when the tasks are to be given up. */
  readonly signal: AbortSignal;
  /** Whether a timeout of the definition ends them. */
  readonly isLimited: boolean;
}

/** A scope with further variables. */
export function withVariables(scope: Scope, variables: Readonly<Record<string, unknown>>): Scope {
  return { ...scope, variables: { ...scope.variables, ...variables } };
}

/** Where a task stands. */
export interface Place {
  /** JSON pointer in the definition: https://www.rfc-editor.org/rfc/rfc6901 */
  readonly pointer: string;
  /** The same, and which turn of the loops and attempts around it is meant. */
  readonly key: string;
}

/** A place below another one. */
export function below(place: Place, ...parts: readonly (string | number)[]): Place {
  const path = parts.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { pointer: place.pointer + path, key: place.key + path };
}

/**
 * One turn of what runs several times: an item, an attempt, or a visit. In a JSON pointer, only 0 and 1 follow a `~`, so that
 * no task's name looks like a turn.
 */
export function turn(place: Place, kind: "i" | "a" | "v", number: number): Place {
  return { pointer: place.pointer, key: `${place.key}~${kind}${number}` };
}

/** What tasks came to: what they give, and whether one of them ended the whole run. */
export interface Outcome {
  readonly output: unknown;
  readonly ended: boolean;
}
