import type { ExportedContext } from "./environment.ts";
import type { RunState } from "./scope.ts";

/** The run's context, and which of its exports that is: of those at the same time, the last one counts. */
export interface RunContext {
  readonly value: unknown;
  /** 0 for what no task has exported. */
  readonly number: number;
}

/** A task exports the run's context. */
export function exportContext(run: RunState, value: unknown): void {
  run.exports++;
  run.context = { value, number: run.exports };
}

/** The run's context, where it is another one by now: who takes the run up does not run the tasks that made it. */
export function contextSince(before: RunContext, { context }: RunState): ExportedContext {
  return context === before ? {} : { context: context.value, exported: context.number };
}

/**
 * A task was run before, which may have exported. Tasks at the same time are found in another order than they exported in. A
 * record of an older executor has no number; of such ones, the last that is found counts.
 */
export function takeOver(run: RunState, record: ExportedContext): void {
  const { context: value, exported: number = 0 } = record;
  if ("context" in record && number >= run.context.number) run.context = { value, number };
}
