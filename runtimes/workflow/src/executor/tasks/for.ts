import { mapConcurrency } from "../../definition/parallel-map.ts";
import type { ForTask } from "../../definition/types.ts";
import { evaluate, holds } from "../data.ts";
import { runTasks } from "../list.ts";
import { inOrder } from "../parallel.ts";
import { fault } from "../problem.ts";
import { below, turn, withVariables, type Place, type Scope } from "../scope.ts";
import type { Performance } from "../task.ts";

/** `for`: one item after another, each getting the output of the one before, or a parallel map. */
export async function performFor(task: ForTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const items = await evaluate(task.for.in, input, place.pointer, scope);
  if (!Array.isArray(items)) {
    const kind = items === null ? "null" : typeof items;
    throw fault("expression", `for.in must give a list, but gives ${kind}`, place.pointer);
  }
  const { each = "item", at = "index" } = task.for;
  const inside = (outer: Scope, item: unknown, index: number) => withVariables(outer, { [each]: item, [at]: index });
  const tasksOf = (index: number) => below(turn(place, "i", index), "do");
  const concurrency = mapConcurrency(task.metadata);
  if (typeof concurrency === "number") {
    const works = items.map(
      (item, index) => (branch: Scope) => runTasks(task.do, input, tasksOf(index), inside(branch, item, index)),
    );
    return inOrder(works, concurrency, scope);
  }
  let data = input;
  for (const [index, item] of items.entries()) {
    const each = inside(scope, item, index);
    if (task.while !== undefined && !(await holds(task.while, data, place.pointer, each))) break;
    const { output, ended } = await runTasks(task.do, data, tasksOf(index), each);
    if (ended) return { output, ended };
    data = output;
  }
  return { output: data };
}
