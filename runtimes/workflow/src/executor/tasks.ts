import { mapConcurrency } from "../definition/parallel-map.ts";
import type { CallTask, ForTask, Task, TaskList } from "../definition/types.ts";
import { resolve, resolveExpression } from "../expressions/template.ts";
import { fault } from "./problem.ts";
import { guarded, timestamp, transform, type RunEnvironment } from "./run.ts";

/** What tasks see of the run around them. */
export interface Scope {
  readonly environment: RunEnvironment;
  /** Variables of expressions, by name without `$`. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Runs tasks one after another; each gets the output of the one before. */
export async function runTasks(tasks: TaskList, input: unknown, pointer: string, scope: Scope): Promise<unknown> {
  let data = input;
  for (const [index, item] of tasks.entries()) {
    for (const [name, task] of Object.entries(item)) {
      data = await runTask(name, task, data, `${pointer}/${index}/${escaped(name)}`, scope);
    }
  }
  return data;
}

/** A task's name as a part of a JSON pointer: https://www.rfc-editor.org/rfc/rfc6901#section-3 */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

async function runTask(name: string, task: Task, rawInput: unknown, instance: string, scope: Scope): Promise<unknown> {
  const { environment } = scope;
  const start = performance.now();
  const told = { name, reference: instance, definition: task, input: rawInput, startedAt: timestamp(new Date()) };
  const outer = { ...scope.variables, task: told };
  try {
    if (environment.signal.aborted) throw fault("timeout", "the run did not end in time", instance);
    const input = transform(task.input?.from, rawInput, outer, instance);
    const variables = { ...outer, input };
    const rawOutput = await perform(task, input, instance, { environment, variables });
    const output = transform(task.output?.as, rawOutput, { ...variables, output: rawOutput }, instance);
    environment.taskEnded?.(instance, performance.now() - start, undefined);
    return output;
  } catch (error) {
    environment.taskEnded?.(instance, performance.now() - start, error as Error);
    throw error;
  }
}

function perform(task: Task, input: unknown, instance: string, scope: Scope): Promise<unknown> {
  if ("call" in task) return performCall(task, input, instance, scope);
  if ("for" in task) return performFor(task, input, instance, scope);
  if ("do" in task) return runTasks(task.do, input, `${instance}/do`, scope);
  return Promise.resolve(guarded(instance, () => resolve(task.set, input, scope.variables)));
}

/** `call` of a function: `with` is its input, or what the task gets where there is none. */
async function performCall(task: CallTask, input: unknown, instance: string, scope: Scope): Promise<unknown> {
  const { environment } = scope;
  const event = task.with === undefined ? input : guarded(instance, () => resolve(task.with, input, scope.variables));
  return environment.call({ function: task.call, input: event, instance, signal: environment.signal });
}

/** `for`: one item after another, each getting the output of the one before, or a parallel map. */
async function performFor(task: ForTask, input: unknown, instance: string, scope: Scope): Promise<unknown> {
  const items = guarded(instance, () => resolveExpression(task.for.in, input, scope.variables));
  if (!Array.isArray(items)) {
    throw fault("expression", `for.in must give a list, but gives ${items === null ? "null" : typeof items}`, instance);
  }
  const { each = "item", at = "index" } = task.for;
  const inside = (item: unknown, index: number) => ({
    ...scope,
    variables: { ...scope.variables, [each]: item, [at]: index },
  });
  const concurrency = mapConcurrency(task.metadata);
  if (typeof concurrency === "number") {
    return mapInOrder(items, concurrency, (item, index) =>
      runTasks(task.do, input, `${instance}/do`, inside(item, index)),
    );
  }
  let data = input;
  for (const [index, item] of items.entries()) {
    const { variables } = inside(item, index);
    if (task.while !== undefined && guarded(instance, () => resolveExpression(task.while, data, variables)) !== true)
      break;
    data = await runTasks(task.do, data, `${instance}/do`, inside(item, index));
  }
  return data;
}

/** Runs the items at the same time, at most that many, and gives their results in the items' order. */
async function mapInOrder<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
