import type { ForkTask, Task } from "../../definition/types.ts";
import { first, inOrder, type Work } from "../parallel.ts";
import { below, type Place, type Scope } from "../scope.ts";
import { runTask, type Performance } from "../task.ts";

/** `fork`: tasks at the same time, each getting the task's input. */
export async function performFork(task: ForkTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const { branches, compete = false } = task.fork;
  const works = branches.map((branch, index): Work => {
    const [name, inner] = Object.entries(branch)[0] as [string, Task];
    return async (within) => {
      const { output, next } = await runTask(name, inner, input, below(place, "fork", "branches", index, name), within);
      return { output, ended: next === "end" };
    };
  });
  return compete ? first(works, scope) : inOrder(works, works.length, scope);
}
