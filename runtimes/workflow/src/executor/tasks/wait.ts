import type { WaitTask } from "../../definition/types.ts";
import type { Place, Scope } from "../scope.ts";
import type { Performance } from "../task.ts";
import { inMilliseconds, pause } from "../time.ts";

/** `wait`: gives what it gets, later. */
export async function performWait(task: WaitTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  await pause(inMilliseconds(task.wait), place.pointer, scope.signal);
  return { output: input };
}
