import type { ErrorRule, RaiseTask } from "../../definition/types.ts";
import { fill } from "../data.ts";
import { fault, Fault, isErrorStatus, type ProblemDetails } from "../problem.ts";
import type { Place, Scope } from "../scope.ts";

/** `raise`: an error of the workflow's own. */
export async function performRaise(task: RaiseTask, input: unknown, place: Place, scope: Scope): Promise<never> {
  const { error } = task.raise;
  const rule = typeof error === "string" ? (scope.run.definition.use?.errors?.[error] as ErrorRule) : error;
  const { type, status, title, detail, instance } = (await fill(rule, input, place.pointer, scope)) as ProblemDetails;
  if (typeof type !== "string" || !isErrorStatus(status)) {
    const given = JSON.stringify({ type, status });
    throw fault("expression", `an error needs a type and a status from 400 to 599, but has ${given}`, place.pointer);
  }
  const texts = Object.entries({ title, detail }).filter(([, text]) => text !== undefined && text !== null);
  const words = Object.fromEntries(texts.map(([key, text]) => [key, worded(text)]));
  throw new Fault({ type, status, ...words, instance: worded(instance ?? place.pointer) });
}

function worded(text: unknown): string {
  return typeof text === "string" ? text : JSON.stringify(text);
}
