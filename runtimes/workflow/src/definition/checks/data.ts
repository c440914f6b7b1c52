import { validatorOf } from "../schema.ts";
import type { Path } from "../source.ts";
import { checkExpression, checkStructure } from "./expressions.ts";
import { allowKeys, mappingAt, withVariables, type Scope } from "./scope.ts";
import { isMapping, shown, type Mapping } from "./values.ts";

/** `input` of a task or the workflow. */
export function checkInput(owner: Mapping, path: Path, scope: Scope): void {
  checkRule(owner, "input", "from", path, scope);
}

/** `output` of a task or the workflow, or a task's `export`. */
export function checkOutput(owner: Mapping, key: "output" | "export", path: Path, scope: Scope): void {
  checkRule(owner, key, "as", path, withVariables(scope, "output"));
}

function checkRule(owner: Mapping, key: string, field: string, path: Path, scope: Scope): void {
  if (owner[key] === undefined) return;
  const at = [...path, key];
  const rule = mappingAt(owner[key], at, `a mapping with \`${field}\` or \`schema\``, scope);
  if (!rule) return;
  allowKeys(rule, at, [field, "schema"], scope);
  const transformation = rule[field];
  if (typeof transformation === "string") checkExpression(transformation, [...at, field], scope);
  else if (isMapping(transformation)) checkStructure(transformation, [...at, field], scope);
  else if (transformation !== undefined) {
    const given = `an expression or a mapping, but is ${shown(transformation)}`;
    scope.source.refuse([...at, field], `${key}.${field} must be ${given}`);
  }
  checkSchema(rule.schema, [...at, "schema"], scope);
}

function checkSchema(value: unknown, path: Path, scope: Scope): void {
  if (value === undefined) return;
  const rule = mappingAt(value, path, "a mapping with `document`, a JSON Schema", scope);
  if (!rule) return;
  const { source } = scope;
  allowKeys(rule, path, ["document", "format"], scope, { resource: "write the schema under `document`" });
  if (rule.format !== undefined && rule.format !== "json") {
    source.refuse([...path, "format"], `schema.format must be json, but is ${shown(rule.format)}`);
  }
  const { document } = rule;
  if (!isMapping(document) && typeof document !== "boolean") {
    if (rule.resource === undefined) {
      source.refuse([...path, "document"], `schema.document must be a JSON Schema, but is ${shown(document)}`);
    }
    return;
  }
  try {
    validatorOf(document);
  } catch (error) {
    source.refuse([...path, "document"], `schema.document is no JSON Schema: ${(error as Error).message}`);
  }
}
