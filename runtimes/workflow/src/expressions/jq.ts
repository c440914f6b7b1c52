import { createRequire } from "node:module";

/** jq itself, compiled to WebAssembly; it runs one program a call, and forgets everything in between. */
interface Jq {
  raw(json: string, filter: string, flags: readonly string[]): string;
}

const engine = await aside(() => createRequire(import.meta.url)("jq-web") as Promise<Jq>);

/** A jq expression that failed: what jq says about it. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/**
 * Evaluates a jq expression.
 *
 * @param input what `.` is
 * @param variables by name, without `$`
 * @throws ExpressionError where the expression is wrong, fails, or gives no or several values
 */
export function evaluateJq(expression: string, input: unknown, variables: Readonly<Record<string, unknown>>): unknown {
  const path = plainPath(expression, input, variables);
  if (path) return path.value;
  // Only what is used: each value is copied to jq and back, and a run's input is in several variables.
  const used = Object.entries(variables).filter(([name]) => expression.includes(`$${name}`));
  const names = used.map(([name]) => name);
  const values = run(bind(expression, names), { input, variables: Object.fromEntries(used) });
  if (values.length !== 1) {
    throw new ExpressionError(`gives ${values.length} values, but exactly one is needed; collect them by [ ... ]`);
  }
  return values[0];
}

/** What is wrong with the syntax of an expression, or undefined where nothing is. */
export function syntaxProblem(expression: string, variables: readonly string[] = []): string | undefined {
  const names = [...new Set(["context", "input", "output", "task", "workflow", "runtime", ...variables])];
  try {
    // Compiled with the others, but never run.
    run(`if false then ${bind(expression, names)} else null end`, { input: null, variables: {} });
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

/** Variables come in with the data, since a program's arguments are limited in size. */
function bind(expression: string, names: readonly string[]): string {
  const bindings = names.map((name) => `. as {variables: {${name}: $${name}}} | `).join("");
  return `(${bindings}.input | (${expression}\n))`;
}

/** Keeps jq to itself: it writes remarks (`debug`, running out of memory) to the console, and sets the exit code. */
function aside<T>(work: () => T): T {
  const { error, warn } = console;
  const { exitCode } = process;
  console.error = console.warn = () => undefined;
  try {
    return work();
  } finally {
    Object.assign(console, { error, warn });
    process.exitCode = exitCode;
  }
}

function run(program: string, data: object): unknown[] {
  try {
    const output = aside(() => engine.raw(JSON.stringify(data), program, ["-c"]));
    return output.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
  } catch (error) {
    throw new ExpressionError(reasonOf((error as Error).message));
  }
}

/** What jq says, without where it says that it says it. Out of memory, it ends without a word of its own. */
function reasonOf(output: string): string {
  const line = output.split("\n").find((line) => /^(jq: )?jq: error/.test(line));
  if (line === undefined) return `jq gave up: ${output.split("\n")[0]}`;
  return line
    .replace(/^(jq: )?jq: error( \(at [^)]*\))?( \(not a string\))?: /, "")
    .replace(/ at <top-level>.*$/, "")
    .replace(" (Unix shell quoting issues?)", "");
}

/**
 * Paths such as `.a.b` and `$item` are most of what workflows say. They are followed here, with jq's own meaning, so that
 * large data is not copied into WebAssembly and back for them.
 */
function plainPath(
  expression: string,
  input: unknown,
  variables: Readonly<Record<string, unknown>>,
): { value: unknown } | undefined {
  const match = /^\s*(\$([A-Za-z_]\w*)|(?=\.))((?:\.[A-Za-z_]\w*)*|\.)\s*$/.exec(expression);
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
