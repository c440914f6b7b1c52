import type { Path } from "../source.ts";
import { checkStructure } from "./expressions.ts";
import { checkHttp } from "./http.ts";
import { mappingAt, type Scope } from "./scope.ts";
import { listed, shown, type Mapping } from "./values.ts";

/** Calls that the language has for itself, apart from `http`. */
const unsupported = ["asyncapi", "grpc", "openapi"];

/** `call`: a function of the workflow, or `http`. */
export function checkCall(task: Mapping, path: Path, scope: Scope): boolean {
  const { source, functions } = scope;
  const name = task.call;
  const at = [...path, "call"];
  if (typeof name === "string" && ["http", ...unsupported].includes(name) && functions.includes(name)) {
    source.refuse(
      at,
      `${name} is a call of the language, so the function of that name cannot be called; rename its folder`,
    );
  } else if (name === "http") checkHttp(task, path, scope);
  else if (typeof name === "string" && unsupported.includes(name)) {
    source.refuse(at, `the call ${name} is not supported; supported are http and functions of the workflow`);
  } else checkFunction(task, path, scope);
  return true;
}

function checkFunction(task: Mapping, path: Path, scope: Scope): void {
  const { source, functions } = scope;
  if (typeof task.call !== "string" || !functions.includes(task.call)) {
    const known = functions.length > 0 ? `the workflow has: ${listed(functions)}` : "the workflow has none";
    source.refuse([...path, "call"], `there is no function ${shown(task.call)}; ${known}`);
  }
  if (task.with === undefined) return;
  checkStructure(
    mappingAt(task.with, [...path, "with"], "a mapping, the function's input", scope),
    [...path, "with"],
    scope,
  );
}
