import { isErrorStatus } from "../../executor/problem.ts";
import { expressionIn } from "../../expressions/template.ts";
import type { Path } from "../source.ts";
import { checkStructure } from "./expressions.ts";
import { allowKeys, mappingAt, reusable, type Scope } from "./scope.ts";
import { shown, type Mapping } from "./values.ts";

/** `raise`: never comes to its end. */
export function checkRaise(task: Mapping, path: Path, scope: Scope): boolean {
  for (const key of ["output", "export", "then"].filter((one) => task[one] !== undefined)) {
    scope.source.refuse(
      [...path, key],
      `a task that raises an error gives nothing, so its \`${key}\` never holds; remove it`,
    );
  }
  const at = [...path, "raise"];
  const raise = mappingAt(task.raise, at, "a mapping with `error`", scope);
  if (!raise) return false;
  allowKeys(raise, at, ["error"], scope);
  if (typeof raise.error !== "string") checkError(raise.error, [...at, "error"], scope);
  else {
    const found = reusable("errors", raise.error, [...at, "error"], scope);
    if (found) checkError(found.value, found.path, scope);
  }
  return false;
}

/** An error, inline or under `use.errors`. */
export function checkError(value: unknown, path: Path, scope: Scope): void {
  const { source } = scope;
  const error = mappingAt(value, path, "a mapping with `type` and `status`, or a name under `use.errors`", scope);
  if (!error) return;
  allowKeys(error, path, ["type", "status", "title", "detail", "instance"], scope);
  const { type, status } = error;
  const isUri = typeof type === "string" && /^[A-Za-z][\w+.-]*:\/\/./.test(type);
  if (!isUri && !(typeof type === "string" && expressionIn(type) !== undefined)) {
    source.refuse(
      [...path, "type"],
      `type must be a URI such as https://example.com/errors/sold-out, but is ${shown(type)}`,
    );
  }
  if (!isErrorStatus(status)) {
    source.refuse([...path, "status"], `status must be a whole number from 400 to 599, but is ${shown(status)}`);
  }
  for (const key of ["title", "detail", "instance"]) {
    if (error[key] === undefined || typeof error[key] === "string") continue;
    source.refuse([...path, key], `${key} must be a text, but is ${shown(error[key])}`);
  }
  const { instance } = error;
  if (typeof instance === "string" && expressionIn(instance) === undefined && !/^(\/([^~]|~[01])*)?$/.test(instance)) {
    source.refuse(
      [...path, "instance"],
      `instance must be a JSON pointer such as /do/0/pay, but is ${shown(instance)}`,
    );
  }
  checkStructure(error, path, scope);
}
