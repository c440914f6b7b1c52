import type { Path } from "../source.ts";
import { checkAuthentication } from "./authentication.ts";
import { checkError } from "./raise.ts";
import { checkRetryPolicy } from "./retry.ts";
import { allowKeys, mappingAt, withVariables, type Scope } from "./scope.ts";
import { checkTimeoutRule } from "./time.ts";

const sections: Readonly<Record<string, (value: unknown, path: Path, scope: Scope) => void>> = {
  authentications: checkAuthentication,
  errors: checkError,
  retries: (value, path, scope) => checkRetryPolicy(value, path, withVariables(scope, "error")),
  timeouts: checkTimeoutRule,
};

const unsupported = {
  catalogs: "make the functions the workflow's own",
  extensions: "write the tasks where they are to run",
  functions: "make a folder with a function.yaml of it, or write the task where it is to run",
  secrets: "let a function read them",
};

/**
 * `use`. What tasks refer to was checked there, since its expressions see the variables of those tasks; this checks the
 * rest, and comes after them.
 */
export function checkUse(scope: Scope): void {
  if (scope.use === undefined) return;
  const use = mappingAt(scope.use, ["use"], "a mapping", scope);
  if (!use) return;
  allowKeys(use, ["use"], Object.keys(sections), scope, unsupported);
  for (const [section, check] of Object.entries(sections)) {
    if (use[section] === undefined) continue;
    const path = ["use", section];
    const entries = mappingAt(use[section], path, "a mapping of names", scope) ?? {};
    for (const [name, value] of Object.entries(entries)) {
      if (!scope.referenced.has(`${section}/${name}`)) check(value, [...path, name], scope);
    }
  }
}
