import { ExpressionError } from "./engine.ts";
import { runOnThread } from "./threads.ts";

/** What an expression sees besides its input, and for how long it may run. */
export interface Surroundings {
  /** Variables by name, without `$`. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/**
 * Evaluates a jq expression.
 *
 * @param input what `.` is
 * @throws ExpressionError where the expression is wrong, fails, or gives no or several values
 * @throws Interrupted where the signal is aborted
 */
export async function evaluateJq(expression: string, input: unknown, around: Surroundings): Promise<unknown> {
  const path = plainPath(expression, input, around.variables);
  if (path) return path.value;
  // Only what is used: each value is copied to jq and back, and a run's input is in several variables.
  const used = Object.entries(around.variables).filter(([name]) => expression.includes(`$${name}`));
  const names = used.map(([name]) => name);
  const data = JSON.stringify({ input, variables: Object.fromEntries(used) });
  const lines = await runOnThread(bind(expression, names), data, around.signal);
  const values = lines.split("\n").filter((line) => line !== "");
  if (values.length !== 1) {
    throw new ExpressionError(`gives ${values.length} values, but exactly one is needed; collect them by [ ... ]`);
  }
  return JSON.parse(values[0] as string) as unknown;
}

/** What ends jq itself, or reads on behind the data: there, it would do neither what it says nor fail with a reason. */
const impossible = ["halt", "halt_error", "halt_error(f)", "input", "inputs"]
  .map((name) => `def ${name}: error("${name.replace("(f)", "")} is not possible in a workflow");`)
  .join(" ");

/** Variables come in with the data, since a program's arguments are limited in size. */
function bind(expression: string, names: readonly string[]): string {
  return `${impossible} ${bindings(names)}.input | (${expression}\n)`;
}

/** The beginning of a program that has variables in its data. */
export function bindings(names: readonly string[]): string {
  return names.map((name) => `. as {variables: {${name}: $${name}}} | `).join("");
}

/** A plain path: its start, the variable that it starts with if it does, and the rest. */
export const plain = /^\s*(\$([A-Za-z_]\w*)|(?=\.))((?:\.[A-Za-z_]\w*)*|\.)\s*$/;

/**
 * Paths such as `.a.b` and `$item` are most of what workflows say. They are followed here, with jq's own meaning, so that
 * large data is not copied into WebAssembly and back for them.
 */
function plainPath(
  expression: string,
  input: unknown,
  variables: Readonly<Record<string, unknown>>,
): { value: unknown } | undefined {
  const match = plain.exec(expression);
  if (!match) return undefined;
  let value = match[2] === undefined ? input : Object.hasOwn(variables, match[2]) ? variables[match[2]] : undefined;
  if (value === undefined) return undefined;
  for (const key of (match[3] ?? "").split(".").filter((part) => part !== "")) {
    if (value === null) return { value: null };
    // Anything else is an error, and jq words it better.
    if (typeof value !== "object" || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : null;
  }
  return { value };
}
