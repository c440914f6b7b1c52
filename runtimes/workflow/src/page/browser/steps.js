/** @import { Problem, RunState, RunTask, Step, StepState } from "./types.d.ts" */

/** How the executor words the error of a task that nobody needs any more. */
const givenUp = /^Given Up at /;

/**
 * What became of each task of a definition in a run. A task in a loop ran several times: it runs as long as one turn does, and
 * failed where the last attempt of a turn did.
 *
 * @param {readonly string[]} pointers of the definition's tasks
 * @param {readonly RunTask[]} tasks the run's, in the order in which they were started
 * @param {RunState} state the run's
 * @returns {Map<string, Step>} by JSON pointer; also those of tasks that the definition does not have
 */
export function stepsOf(pointers, tasks, state) {
  /** @type {Map<string, RunTask[]>} */
  const own = new Map(pointers.map((pointer) => [pointer, []]));
  for (const task of tasks) own.set(task.task, [...(own.get(task.task) ?? []), task]);
  return new Map([...own].map(([pointer, records]) => [pointer, stepOf(records, state)]));
}

/**
 * The task at which a run faulted: the one that the problem names, or the innermost around what it names.
 *
 * @param {readonly string[]} pointers
 * @param {Problem | undefined} problem
 * @returns {string | undefined}
 */
export function faultyTask(pointers, problem) {
  const instance = problem?.instance ?? "";
  const around = pointers.filter((pointer) => instance === pointer || instance.startsWith(`${pointer}/`));
  return around.sort((a, b) => b.length - a.length)[0];
}

/**
 * @param {readonly RunTask[]} records
 * @param {RunState} state
 * @returns {Step}
 */
function stepOf(records, state) {
  const last = new Map(records.map((record) => [String(record.items ?? ""), record]));
  const ended = records.filter(({ durationMs }) => durationMs !== undefined);
  const times = ended.map(({ durationMs }) => durationMs ?? 0);
  return {
    state: stateOf([...last.values()], state),
    turns: records.length,
    ended: ended.length,
    longest: times.length === 0 ? undefined : Math.max(...times),
    attempt: Math.max(1, ...records.map(({ attempt }) => attempt)),
    error: records.findLast(({ error }) => error !== undefined)?.error,
  };
}

/**
 * @param {readonly RunTask[]} last the last record of each turn
 * @param {RunState} state
 * @returns {StepState}
 */
function stateOf(last, state) {
  const isOver = state !== "running";
  if (last.length === 0) return isOver ? "skipped" : "idle";
  if (last.some(({ error }) => error !== undefined && !givenUp.test(error))) return "failed";
  // What was given up, and what the end of the run left behind, came to nothing.
  if (!isOver && last.some(({ durationMs, error }) => durationMs === undefined && error === undefined))
    return "running";
  return last.some(({ durationMs, error }) => durationMs === undefined || error !== undefined) ? "skipped" : "done";
}
