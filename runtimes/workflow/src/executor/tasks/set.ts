import type { SetTask } from "../../definition/types.ts";
import { fill } from "../data.ts";
import type { Place, Scope } from "../scope.ts";
import type { Performance } from "../task.ts";

/** `set`: gives a structure, its expressions evaluated. */
export async function performSet(task: SetTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  return { output: await fill(task.set, input, place.pointer, scope) };
}
