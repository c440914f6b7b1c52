import { evaluateJq } from "./jq.ts";

/** An expression and where it stands in a structure. */
export interface FoundExpression {
  readonly expression: string;
  readonly path: readonly (string | number)[];
}

/** The jq expression in a text of the form `${ ... }`, or undefined where it is a plain text. */
export function expressionIn(text: string): string | undefined {
  return /^\s*\$\{([\s\S]*)\}\s*$/.exec(text)?.[1]?.trim();
}

/** All expressions in a structure. */
export function expressionsIn(value: unknown, path: readonly (string | number)[] = []): FoundExpression[] {
  if (typeof value === "string") {
    const expression = expressionIn(value);
    return expression === undefined ? [] : [{ expression, path }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => expressionsIn(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => expressionsIn(item, [...path, key]));
}

/** A structure with every `${ ... }` in it replaced by its value. */
export function resolve(value: unknown, input: unknown, variables: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === "string") {
    const expression = expressionIn(value);
    return expression === undefined ? value : evaluateJq(expression, input, variables);
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, input, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, input, variables)]));
}

/** The same where the language asks for an expression, so that a text without `${ }` is one too. */
export function resolveExpression(
  value: unknown,
  input: unknown,
  variables: Readonly<Record<string, unknown>>,
): unknown {
  if (typeof value === "string") return evaluateJq(expressionIn(value) ?? value, input, variables);
  return resolve(value, input, variables);
}
