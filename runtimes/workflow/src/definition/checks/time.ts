import { milliseconds } from "../duration.ts";
import type { Path } from "../source.ts";
import { allowKeys, mappingAt, reusable, type Scope } from "./scope.ts";
import { shown } from "./values.ts";

/** A duration, given where one is wanted. Gives its milliseconds; undefined where it is none, which is noted. */
export function checkDuration(value: unknown, path: Path, { source }: Scope): number | undefined {
  const length = milliseconds(value);
  if (length !== undefined) return length;
  const allowed =
    "days, hours, minutes, seconds and milliseconds as whole numbers, such as { seconds: 5 }, or a text such as PT5S";
  const calendar = typeof value === "string" && /^P[\d.]+[YM]/.test(value);
  const why = calendar ? "; years and months have no fixed length" : "";
  const what = value === undefined ? "a duration is missing" : `${shown(value)} is no duration`;
  source.refuse(path, `${what}: it must be ${allowed}${why}`);
  return undefined;
}

/** `timeout` of a task or the workflow: inline, or a name under `use.timeouts`. */
export function checkTimeout(value: unknown, path: Path, scope: Scope): void {
  if (value === undefined) return;
  if (typeof value !== "string") return checkTimeoutRule(value, path, scope);
  const found = reusable("timeouts", value, path, scope);
  if (found) checkTimeoutRule(found.value, found.path, scope);
}

export function checkTimeoutRule(value: unknown, path: Path, scope: Scope): void {
  const rule = mappingAt(value, path, "such as { after: { seconds: 30 } }, or a name under `use.timeouts`", scope);
  if (!rule) return;
  allowKeys(rule, path, ["after"], scope);
  if (checkDuration(rule.after, [...path, "after"], scope) === 0) {
    scope.source.refuse([...path, "after"], "a timeout of no length would end everything; make it longer");
  }
}
