import type { Path } from "../source.ts";
import { checkReachable, directives, type Siblings, type Step } from "./flow.ts";
import type { Scope } from "./scope.ts";
import { checkTask } from "./task.ts";
import { isMapping, shown } from "./values.ts";

/** Tasks that run one after another. Gives whether they can come to their end. */
export function checkTasks(value: unknown, path: Path, scope: Scope): boolean {
  const steps = checkList(value, path, false, scope);
  return steps === undefined || checkReachable(steps, scope);
}

/** Tasks that run at the same time. Gives of each whether it can come to its end. */
export function checkBranches(value: unknown, path: Path, scope: Scope): boolean[] {
  const steps = checkList(value, path, true, scope);
  return steps ? steps.map(({ next }) => next.some((one) => one !== "end")) : [true];
}

/** Gives undefined where the list is no such list, which is noted. */
function checkList(value: unknown, path: Path, isFork: boolean, scope: Scope): Step[] | undefined {
  const { source } = scope;
  if (!Array.isArray(value) || value.length === 0) {
    const given = value === undefined ? "is missing" : `is ${shown(value)}`;
    const what = `\`${String(path.at(-1))}\` must be a list of tasks, each \`- <name>: <task>\``;
    source.refuse(path, `${what}, but ${given}`);
    return undefined;
  }
  const names = value.map((item) =>
    isMapping(item) && Object.keys(item).length === 1 ? Object.keys(item)[0] : undefined,
  );
  const siblings: Siblings = { names: new Set(names.filter((name) => name !== undefined)), isFork };
  const seen = new Set<string>();
  const steps: Step[] = [];
  for (const [index, name] of names.entries()) {
    if (name === undefined) {
      const given = `but is ${shown(value[index])}`;
      source.refuse([...path, index], `must be one task with its name, \`- <name>: <task>\`, ${given}`);
      continue;
    }
    const at = [...path, index, name];
    if (seen.has(name)) source.refuse(at, `there is a task ${shown(name)} already in this list; rename one`);
    if (directives.includes(name))
      source.refuse(at, `a task must not be named ${name}, since \`then: ${name}\` means something else; rename it`);
    seen.add(name);
    const task = (value[index] as Readonly<Record<string, unknown>>)[name];
    steps.push({ name, path: at, next: checkTask(name, task, at, siblings, scope) });
  }
  return steps.length === value.length ? steps : undefined;
}
