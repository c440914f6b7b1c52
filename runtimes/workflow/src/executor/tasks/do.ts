import type { DoTask } from "../../definition/types.ts";
import { runTasks } from "../list.ts";
import { below, type Place, type Scope } from "../scope.ts";
import type { Performance } from "../task.ts";

/** `do`: tasks in a task. */
export function performDo(task: DoTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  return runTasks(task.do, input, below(place, "do"), scope);
}
