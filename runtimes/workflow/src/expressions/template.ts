import { evaluateJq, type Surroundings } from "./jq.ts";

/** The jq expression in a text of the form `${ ... }`, or undefined where it is a plain text. */
export function expressionIn(text: string): string | undefined {
  return /^\s*\$\{([\s\S]*)\}\s*$/.exec(text)?.[1]?.trim();
}

/** A structure with every `${ ... }` in it replaced by its value. */
export async function resolve(value: unknown, input: unknown, around: Surroundings): Promise<unknown> {
  if (typeof value === "string") {
    const expression = expressionIn(value);
    return expression === undefined ? value : evaluateJq(expression, input, around);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await resolve(item, input, around));
    return items;
  }
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) entries.push([key, await resolve(item, input, around)]);
  return Object.fromEntries(entries);
}

/** The same where the language asks for an expression, so that a text without `${ }` is one too. */
export async function resolveExpression(value: unknown, input: unknown, around: Surroundings): Promise<unknown> {
  if (typeof value === "string") return evaluateJq(expressionIn(value) ?? value, input, around);
  return resolve(value, input, around);
}
