import type { Task, TaskList } from "../definition/types.ts";
import { below, turn, type Outcome, type Place, type Scope } from "./scope.ts";
import { runTask } from "./task.ts";

/** Runs tasks one after another, or as their `then` says; each gets the output of the one before. */
export async function runTasks(tasks: TaskList, input: unknown, place: Place, scope: Scope): Promise<Outcome> {
  const names = tasks.map((item) => Object.keys(item)[0] as string);
  const visits = new Map<number, number>();
  let data = input;
  let index = 0;
  while (index < tasks.length) {
    const name = names[index] as string;
    const visit = visits.get(index) ?? 0;
    visits.set(index, visit + 1);
    const at = below(place, index, name);
    const task = (tasks[index] as Readonly<Record<string, Task>>)[name] as Task;
    const { output, next } = await runTask(name, task, data, visit === 0 ? at : turn(at, "v", visit), scope);
    data = output;
    if (next === "end") return { output: data, ended: true };
    if (next === "exit") break;
    index = next === "continue" ? index + 1 : names.indexOf(next);
  }
  return { output: data, ended: false };
}
