import type { Path } from "../source.ts";
import { checkExpression } from "./expressions.ts";
import { checkThen, type Siblings } from "./flow.ts";
import { allowKeys, mappingAt, type Scope } from "./scope.ts";
import { isMapping, shown, type Mapping } from "./values.ts";

/** `switch`; gives where its cases go, and its own `then` where no case may match. */
export function checkSwitch(
  task: Mapping,
  path: Path,
  scope: Scope,
  siblings: Siblings,
): readonly (string | undefined)[] {
  const { source } = scope;
  const at = [...path, "switch"];
  const cases = Array.isArray(task.switch) ? (task.switch as unknown[]) : [];
  if (cases.length === 0) {
    source.refuse(
      at,
      `\`switch\` must be a list of cases, each \`- <name>: { when, then }\`, but is ${shown(task.switch)}`,
    );
  }
  const seen = new Set<string>();
  const next: (string | undefined)[] = [];
  let byDefault: string | undefined;
  for (const [index, item] of cases.entries()) {
    const [name, second] = isMapping(item) ? Object.keys(item) : [];
    if (name === undefined || second !== undefined) {
      source.refuse(
        [...at, index],
        `must be one case with its name, \`- <name>: { when, then }\`, but is ${shown(item)}`,
      );
      next.push(undefined);
      continue;
    }
    const place = [...at, index, name];
    if (seen.has(name)) source.refuse(place, `there is a case ${shown(name)} already in this switch; rename one`);
    seen.add(name);
    const { then, when } = checkCase((item as Mapping)[name], place, siblings, scope);
    next.push(then);
    if (when) continue;
    if (byDefault !== undefined) {
      const fix = "only one case can hold where no other does; give this one a `when`";
      source.refuse(place, `${shown(byDefault)} is without \`when\` already: ${fix}`);
    }
    byDefault = name;
  }
  if (byDefault === undefined) {
    next.push(task.then === undefined ? "continue" : checkThen(task.then, [...path, "then"], siblings, scope));
  } else if (task.then !== undefined) {
    const why = `the case ${shown(byDefault)} holds where no other does, so the task's own \`then\` never does`;
    source.refuse([...path, "then"], `${why}; remove one of the two`);
  }
  return next;
}

function checkCase(
  value: unknown,
  path: Path,
  siblings: Siblings,
  scope: Scope,
): { readonly then: string | undefined; readonly when: boolean } {
  const rule = mappingAt(value, path, "a mapping with `when` and `then`", scope);
  if (!rule) return { then: undefined, when: true };
  allowKeys(rule, path, ["when", "then"], scope);
  if (rule.when !== undefined) checkExpression(rule.when, [...path, "when"], scope);
  if (rule.then === undefined) scope.source.refuse(path, "the case needs `then`, which says where it goes");
  const then = rule.then === undefined ? undefined : checkThen(rule.then, [...path, "then"], siblings, scope);
  return { then, when: rule.when !== undefined };
}
