import type { InputRule, OutputRule, SchemaRule } from "../definition/types.ts";
import { validatorOf } from "../definition/schema.ts";
import { ExpressionError } from "../expressions/engine.ts";
import { resolve, resolveExpression } from "../expressions/template.ts";
import { Interrupted } from "../expressions/threads.ts";
import { fault, outOfTime } from "./problem.ts";
import type { Scope } from "./scope.ts";

/** Evaluates what the language lets be an expression, or a structure with expressions in it. */
export function evaluate(rule: unknown, data: unknown, instance: string, scope: Scope): Promise<unknown> {
  return guarded(instance, () => resolveExpression(rule, data, around(scope)));
}

/** Evaluates the `${ ... }` in a structure. */
export function fill(value: unknown, data: unknown, instance: string, scope: Scope): Promise<unknown> {
  return guarded(instance, () => resolve(value, data, around(scope)));
}

/** Whether a condition holds. `null`, which a missing field gives, is no; what is neither yes nor no is a fault. */
export async function holds(condition: string, data: unknown, instance: string, scope: Scope): Promise<boolean> {
  const value = await evaluate(condition, data, instance, scope);
  if (typeof value === "boolean" || value === null) return value === true;
  const kind = Array.isArray(value) ? "a list" : typeof value === "object" ? "a mapping" : `a ${typeof value}`;
  throw fault("expression", `the condition ${condition} must give true or false, but gives ${kind}`, instance);
}

/** `input`: what comes in is validated, then transformed. */
export async function takeIn(rule: InputRule | undefined, data: unknown, at: string, scope: Scope): Promise<unknown> {
  validate(rule?.schema, data, "the input", at);
  return rule?.from === undefined ? data : await evaluate(rule.from, data, at, scope);
}

/** `output` and `export`: what goes out is transformed, then validated. */
export async function giveOut(
  rule: OutputRule | undefined,
  data: unknown,
  what: string,
  at: string,
  scope: Scope,
): Promise<unknown> {
  const value = rule?.as === undefined ? data : await evaluate(rule.as, data, at, scope);
  validate(rule?.schema, value, what, at);
  return value;
}

function validate(schema: SchemaRule | undefined, value: unknown, what: string, instance: string): void {
  if (!schema) return;
  const wrong = validatorOf(schema.document)(value ?? null);
  if (wrong !== undefined) throw fault("validation", `${what} does not match its schema: ${wrong}`, instance);
}

function around({ variables, run, signal }: Scope) {
  return { variables: { ...variables, context: run.context.value }, signal };
}

/** Turns what an expression throws into a fault of the task. */
async function guarded<T>(instance: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ExpressionError) throw fault("expression", error.message, instance);
    if (error instanceof Interrupted) throw outOfTime(instance);
    throw error;
  }
}
