import type { Path } from "../source.ts";
import { checkExpression, checkVariable } from "./expressions.ts";
import { checkRetry } from "./retry.ts";
import { allowKeys, mappingAt, withVariables, type Scope } from "./scope.ts";
import { checkTasks } from "./tasks.ts";
import { shown, type Mapping } from "./values.ts";

const filters = ["type", "status", "title", "instance", "detail", "details"];

/** `try`: comes to its end with its tasks, or with what is done about an error. */
export function checkTry(task: Mapping, path: Path, scope: Scope): boolean {
  const completes = checkTasks(task.try, [...path, "try"], scope);
  const at = [...path, "catch"];
  const rule = mappingAt(task.catch, at, "a mapping with `errors`, `as`, `when`, `exceptWhen`, `retry` or `do`", scope);
  if (!rule) return true;
  allowKeys(rule, at, ["errors", "as", "when", "exceptWhen", "retry", "do"], scope);
  if (rule.errors !== undefined) checkErrors(rule.errors, [...at, "errors"], scope);
  checkVariable(rule.as, [...at, "as"], scope);
  const caught = withVariables(
    scope,
    typeof rule.as === "string" && /^[A-Za-z_]\w*$/.test(rule.as) ? rule.as : "error",
  );
  for (const key of ["when", "exceptWhen"]) {
    if (rule[key] !== undefined) checkExpression(rule[key], [...at, key], caught);
  }
  if (rule.retry !== undefined) checkRetry(rule.retry, [...at, "retry"], caught);
  if (rule.do === undefined) return completes || rule.retry === undefined;
  return checkTasks(rule.do, [...at, "do"], caught) || completes;
}

function checkErrors(value: unknown, path: Path, scope: Scope): void {
  const { source } = scope;
  const errors = mappingAt(value, path, "a mapping with `with`", scope);
  if (!errors) return;
  allowKeys(errors, path, ["with"], scope);
  if (errors.with === undefined) return;
  const at = [...path, "with"];
  const filter = mappingAt(errors.with, at, `a mapping of ${filters.join(", ")}`, scope);
  if (!filter) return;
  allowKeys(filter, at, filters, scope);
  if (Object.keys(filter).length === 0) source.refuse(at, "is empty; remove `errors` in order to catch every error");
  for (const [key, wanted] of Object.entries(filter)) {
    if (!filters.includes(key)) continue;
    if (key === "status" && !isStatus(wanted)) {
      source.refuse([...at, key], `status must be a whole number from 300 to 599, but is ${shown(wanted)}`);
    } else if (key !== "status" && typeof wanted !== "string") {
      source.refuse([...at, key], `${key} must be a text, but is ${shown(wanted)}`);
    } else if (typeof wanted === "string" && wanted.includes("${")) {
      source.refuse([...at, key], `errors.with is compared as it is; use \`catch.when\` for ${shown(wanted)}`);
    }
  }
}

/** What an error may have: a call can also fail by a redirection. */
function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 300 && (value as number) <= 599;
}
