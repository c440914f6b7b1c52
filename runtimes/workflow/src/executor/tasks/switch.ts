import type { SwitchTask } from "../../definition/types.ts";
import { holds } from "../data.ts";
import type { Place, Scope } from "../scope.ts";
import type { Performance } from "../task.ts";

/** `switch`: says what comes next, and gives what it gets. Where no case matches, the task's own `then` holds. */
export async function performSwitch(
  task: SwitchTask,
  input: unknown,
  place: Place,
  scope: Scope,
): Promise<Performance> {
  const cases = task.switch.flatMap((item) => Object.values(item));
  for (const { when, then } of cases) {
    if (when !== undefined && (await holds(when, input, place.pointer, scope))) return { output: input, next: then };
  }
  return { output: input, next: cases.find(({ when }) => when === undefined)?.then };
}
