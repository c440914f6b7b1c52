import { mapConcurrency } from "../parallel-map.ts";
import type { Path } from "../source.ts";
import { checkExpression, checkVariable } from "./expressions.ts";
import { allowKeys, mappingAt, withVariables, type Scope } from "./scope.ts";
import { checkTasks } from "./tasks.ts";
import { type Mapping } from "./values.ts";

/** `for`: a loop or a parallel map. It can come to its end whatever its tasks do, since there may be no items. */
export function checkFor(task: Mapping, path: Path, scope: Scope): boolean {
  const { source } = scope;
  const at = [...path, "for"];
  const loop = mappingAt(task.for, at, "a mapping with `in`, and `each` and `at` if you like", scope) ?? {};
  allowKeys(loop, at, ["each", "in", "at"], scope);
  checkVariable(loop.each, [...at, "each"], scope);
  checkVariable(loop.at, [...at, "at"], scope);
  const each = nameOf(loop.each, "item");
  const index = nameOf(loop.at, "index");
  if (each === index) source.refuse(at, `for.each and for.at are both ${each}; rename one`);
  if (typeof loop.in === "string") checkExpression(loop.in, [...at, "in"], scope);
  else source.refuse([...at, "in"], "for.in must be an expression that gives a list, such as ${ .parts }");
  const inside = withVariables(scope, each, index);
  if (task.while !== undefined) checkExpression(task.while, [...path, "while"], inside);
  checkMap(task, path, scope);
  checkTasks(task.do, [...path, "do"], inside);
  return true;
}

function checkMap(task: Mapping, path: Path, { source }: Scope): void {
  const map = mapConcurrency(task.metadata);
  if (typeof map === "string") source.refuse([...path, "metadata"], map);
  if (typeof map === "number" && task.while !== undefined) {
    const why = "a parallel map runs every item, so it can have no `while`; remove one of the two";
    source.refuse([...path, "while"], why);
  }
}

/** A loop variable's name; one that is no text was refused before and counts as not given. */
function nameOf(given: unknown, byDefault: string): string {
  return typeof given === "string" && /^[A-Za-z_]\w*$/.test(given) ? given : byDefault;
}
