import type { WaitTask } from "../../definition/types.ts";
import type { Place, Scope } from "../scope.ts";
import type { Performance } from "../task.ts";
import { inMilliseconds, pause } from "../time.ts";

/** `wait`: gives what it gets, later. A run that is taken up waits for what is left. */
export async function performWait(task: WaitTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const { records } = scope.run.environment;
  const record = await records?.find(place.key);
  const until = record && "until" in record ? record.until : Date.now() + inMilliseconds(task.wait);
  await records?.keep(place.key, { until });
  await pause(until - Date.now(), place.pointer, scope.signal);
  return { output: input };
}
