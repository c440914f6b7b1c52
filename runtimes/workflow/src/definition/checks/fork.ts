import type { Path } from "../source.ts";
import { allowKeys, mappingAt, type Scope } from "./scope.ts";
import { checkBranches } from "./tasks.ts";
import { shown, type Mapping } from "./values.ts";

/** `fork`: comes to its end with all branches, or with one where they compete. */
export function checkFork(task: Mapping, path: Path, scope: Scope): boolean {
  const at = [...path, "fork"];
  const fork = mappingAt(task.fork, at, "a mapping with `branches`, and `compete` if you like", scope);
  if (!fork) return true;
  allowKeys(fork, at, ["branches", "compete"], scope);
  if (fork.compete !== undefined && typeof fork.compete !== "boolean") {
    scope.source.refuse([...at, "compete"], `fork.compete must be true or false, but is ${shown(fork.compete)}`);
  }
  const complete = checkBranches(fork.branches, [...at, "branches"], scope);
  return fork.compete === true ? complete.includes(true) : !complete.includes(false);
}
