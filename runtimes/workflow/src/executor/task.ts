import type { HttpTask, Task } from "../definition/types.ts";
import { contextSince, exportContext, takeOver } from "./context.ts";
import { giveOut, holds, takeIn } from "./data.ts";
import { outOfTime, stopped } from "./problem.ts";
import { withVariables, type Outcome, type Place, type Scope } from "./scope.ts";
import { performCall } from "./tasks/call.ts";
import { performDo } from "./tasks/do.ts";
import { performFor } from "./tasks/for.ts";
import { performFork } from "./tasks/fork.ts";
import { performHttp } from "./tasks/http.ts";
import { performRaise } from "./tasks/raise.ts";
import { performSet } from "./tasks/set.ts";
import { performSwitch } from "./tasks/switch.ts";
import { performTry } from "./tasks/try.ts";
import { performWait } from "./tasks/wait.ts";
import { breathe, limited, limitOf } from "./time.ts";

/** What a task gives, and what the run does next: `continue`, `exit`, `end`, or a task of the same list. */
export interface TaskResult {
  readonly output: unknown;
  readonly next: string;
}

/** What a kind of task does; `next` where it says itself what comes next. */
export type Performance = Omit<Outcome, "ended"> & { readonly ended?: boolean; readonly next?: string | undefined };

/** Runs one task: its condition, its input, what it does, its output, what it exports. */
export async function runTask(
  name: string,
  task: Task,
  rawInput: unknown,
  place: Place,
  scope: Scope,
): Promise<TaskResult> {
  const { environment } = scope.run;
  await breathe();
  const record = await environment.records?.find(place.key);
  if (record && "output" in record) {
    takeOver(scope.run, record);
    return { output: record.output, next: record.next };
  }
  const before = scope.run.context;
  const start = performance.now();
  const told = {
    name,
    reference: place.pointer,
    definition: task,
    input: rawInput,
    startedAt: timestamp(new Date()),
  };
  const ended = (error?: Error) => environment.taskEnded?.(place, performance.now() - start, error);
  environment.taskStarted?.(place);
  try {
    if (scope.signal.aborted) throw outOfTime(place.pointer);
    const outer = withVariables(scope, { task: told });
    if (task.if !== undefined && !(await holds(task.if, rawInput, place.pointer, outer))) {
      const skipped = { output: rawInput, next: "continue" };
      await environment.records?.keep(place.key, skipped);
      ended();
      return skipped;
    }
    const made = await limited(limitOf(task.timeout, scope), place, outer, (inner) =>
      work(task, rawInput, place, inner),
    );
    if ("context" in made) exportContext(scope.run, made.context);
    const { output, next } = made;
    await environment.records?.keep(place.key, { output, next, ...contextSince(before, scope.run) });
    ended();
    return { output, next };
  } catch (thrown) {
    const error = stopped(thrown as Error, scope.signal, place.pointer);
    ended(error);
    throw error;
  }
}

/** What a task comes to; `context` where it exports one. */
type Completed = TaskResult & { readonly context?: unknown };

async function work(task: Task, rawInput: unknown, place: Place, outer: Scope): Promise<Completed> {
  const at = place.pointer;
  const input = await takeIn(task.input, rawInput, at, outer);
  const scope = withVariables(outer, { input });
  const { output: rawOutput, ended, next } = await perform(task, input, place, scope);
  // What is around the task that ended the run does not complete: it has no output to transform.
  if (ended) return { output: rawOutput, next: "end" };
  const told = { ...(outer.variables.task as object), output: rawOutput };
  const after = withVariables(scope, { task: told, output: rawOutput });
  const output = await giveOut(task.output, rawOutput, "the output", at, after);
  const completed = { output, next: next ?? task.then ?? "continue" };
  if (task.export === undefined) return completed;
  return {
    ...completed,
    context: await giveOut(
      { as: "$context", ...task.export },
      output,
      "the context",
      at,
      withVariables(after, { output }),
    ),
  };
}

function perform(task: Task, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  if (isHttp(task)) return performHttp(task, input, place, scope);
  if ("call" in task) return performCall(task, input, place, scope);
  if ("set" in task) return performSet(task, input, place, scope);
  if ("for" in task) return performFor(task, input, place, scope);
  if ("do" in task) return performDo(task, input, place, scope);
  if ("fork" in task) return performFork(task, input, place, scope);
  if ("switch" in task) return performSwitch(task, input, place, scope);
  if ("try" in task) return performTry(task, input, place, scope);
  if ("raise" in task) return performRaise(task, input, place, scope);
  return performWait(task, input, place, scope);
}

function isHttp(task: Task): task is HttpTask {
  return "call" in task && task.call === "http";
}

/** A moment as the specification describes it. */
export function timestamp(moment: Date) {
  const milliseconds = moment.getTime();
  return { iso8601: moment.toISOString(), epoch: { seconds: Math.floor(milliseconds / 1000), milliseconds } };
}
