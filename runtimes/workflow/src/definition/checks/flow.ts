import type { Path } from "../source.ts";
import type { Scope } from "./scope.ts";
import { listed, shown } from "./values.ts";

/** Where `then` can go besides the tasks of its list. */
export const directives: readonly string[] = ["continue", "exit", "end"];

/** The tasks that stand beside a task. */
export interface Siblings {
  readonly names: ReadonlySet<string>;
  /** Whether they run at the same time, so that none of them comes after another. */
  readonly isFork: boolean;
}

/** A `then`; gives it, or undefined where it is wrong, which is noted. */
export function checkThen(
  value: unknown,
  path: Path,
  { names, isFork }: Siblings,
  { source }: Scope,
): string | undefined {
  if (typeof value === "string" && directives.includes(value)) return value;
  const isSibling = typeof value === "string" && names.has(value);
  if (isSibling && !isFork) return value;
  const allowed = `\`then\` can be ${directives.join(", ")}`;
  if (isSibling) {
    source.refuse(path, `the branches of a fork run at the same time, so ${allowed}, but not ${shown(value)}`);
  } else if (isFork) {
    source.refuse(path, `${allowed} in a branch of a fork, but not ${shown(value)}`);
  } else {
    const tasks = listed([...names]);
    source.refuse(path, `there is no task ${shown(value)} in this list; ${allowed}, or a task of it: ${tasks}`);
  }
  return undefined;
}

/** A task of a list: its name, and all that can come after it; undefined where that is not known. */
export interface Step {
  readonly name: string;
  readonly path: Path;
  readonly next: readonly (string | undefined)[];
}

/** Notes tasks that nothing leads to. Gives whether the list can come to its end. */
export function checkReachable(steps: readonly Step[], { source }: Scope): boolean {
  // A wrong `then` is noted already; what else is wrong for that reason is not.
  if (steps.some(({ next }) => next.includes(undefined))) return true;
  const places = new Map(steps.map(({ name }, index) => [name, index]));
  const reached = new Set([0]);
  let completes = false;
  for (const index of reached) {
    for (const next of steps[index]?.next ?? []) {
      const to = next === "continue" ? index + 1 : places.get(next as string);
      if (to !== undefined && to < steps.length) reached.add(to);
      else if (next !== "end") completes = true;
    }
  }
  for (const [index, { name, path }] of steps.entries()) {
    if (reached.has(index) || (index > 0 && !reached.has(index - 1))) continue;
    const why = "everything before goes on elsewhere, and no `then` names it";
    source.refuse(path, `task ${shown(name)} can never run: ${why}; remove it, or let a \`then\` lead to it`);
  }
  return completes;
}
