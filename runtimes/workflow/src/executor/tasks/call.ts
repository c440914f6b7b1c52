import type { CallTask } from "../../definition/types.ts";
import { fill } from "../data.ts";
import type { Place, Scope } from "../scope.ts";
import type { Performance } from "../task.ts";

/** `call` of a function: `with` is its input, or what the task gets where there is none. */
export async function performCall(task: CallTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const { pointer: instance, key } = place;
  const event = task.with === undefined ? input : await fill(task.with, input, instance, scope);
  const { environment } = scope.run;
  return { output: await environment.call({ function: task.call, input: event, instance, key, signal: scope.signal }) };
}
