import { expressionsIn } from "../expressions/template.ts";
import { syntaxProblem } from "../expressions/jq.ts";
import { mapConcurrency } from "./parallel-map.ts";
import type { DefinitionSource, Path } from "./source.ts";

type Mapping = Readonly<Record<string, unknown>>;

const common = ["if", "input", "output", "export", "timeout", "then", "metadata"];
const supportedCommon = ["input", "output", "metadata"];

/** Task kinds by the key that tells them, with the further keys that each may have. */
const kinds: Readonly<Record<string, readonly string[]>> = { call: ["with"], set: [], for: ["while", "do"], do: [] };

/** Task kinds of the language that the executor does not run. */
const unsupportedKinds = ["emit", "fork", "listen", "raise", "run", "switch", "try", "wait"];

/** Checks a whole definition; what is wrong is noted in the source. */
export function checkDefinition(source: DefinitionSource, functions: readonly string[]): void {
  const root = source.value;
  if (!isMapping(root)) {
    source.refuse([], "is empty; a workflow needs `document` and `do`");
    return;
  }
  checkDocument(source, root.document);
  allowKeys(source, root, [], ["document", "input", "output", "do"], ["use", "timeout", "schedule", "evaluate"]);
  checkData(source, root, []);
  if (root.do === undefined) source.refuse([], "has no `do`, the list of its tasks");
  else checkTasks(source, root.do, ["do"], { functions, variables: [] });
}

interface Scope {
  readonly functions: readonly string[];
  /** Variables of the loops around, without `$`. */
  readonly variables: readonly string[];
}

function checkDocument(source: DefinitionSource, document: unknown): void {
  if (!isMapping(document)) {
    source.refuse(["document"], "needs `document` with `dsl`, `namespace`, `name` and `version`");
    return;
  }
  for (const key of ["dsl", "namespace", "name", "version"]) {
    if (typeof document[key] !== "string") source.refuse(["document", key], `document.${key} must be a text`);
  }
  for (const key of ["namespace", "name"]) {
    const text = document[key];
    if (typeof text === "string" && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)) {
      const allowed = "1 to 63 letters, digits and dashes";
      source.refuse(["document", key], `document.${key} must have ${allowed}, but is ${JSON.stringify(text)}`);
    }
  }
  if (typeof document.version === "string" && !/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(document.version)) {
    source.refuse(["document", "version"], `document.version must be such as 1.0.0, but is ${document.version}`);
  }
  if (typeof document.dsl === "string" && !/^1\.0\.\d+$/.test(document.dsl)) {
    source.refuse(["document", "dsl"], `document.dsl must be 1.0.x, but is ${document.dsl}`);
  }
}

function checkTasks(source: DefinitionSource, tasks: unknown, path: Path, scope: Scope): void {
  if (!Array.isArray(tasks) || tasks.length === 0) {
    source.refuse(path, "must be a list of tasks, each `- <name>: <task>`");
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of tasks.entries()) {
    const names = isMapping(item) ? Object.keys(item) : [];
    const name = names[0];
    if (names.length !== 1 || name === undefined) {
      source.refuse([...path, index], "must be one task with its name, `- <name>: <task>`");
      continue;
    }
    const at = [...path, index, name];
    if (seen.has(name)) source.refuse(at, `there is a task ${JSON.stringify(name)} already in this list; rename one`);
    seen.add(name);
    checkTask(source, (item as Mapping)[name], at, name, scope);
  }
}

function checkTask(source: DefinitionSource, task: unknown, path: Path, name: string, scope: Scope): void {
  if (!isMapping(task)) {
    source.refuse(path, `task ${JSON.stringify(name)} must say what it does: ${Object.keys(kinds).join(", ")}`);
    return;
  }
  const kind = Object.keys(kinds).find((key) => key in task);
  if (kind === undefined) {
    const unsupported = unsupportedKinds.find((key) => key in task);
    const what = unsupported ? `\`${unsupported}\` is not supported yet` : "says nothing that it does";
    source.refuse(
      unsupported ? [...path, unsupported] : path,
      `task ${JSON.stringify(name)}: ${what}; supported are: ${Object.keys(kinds).join(", ")}`,
    );
    return;
  }
  const own = [kind, ...(kinds[kind] ?? [])];
  allowKeys(source, task, path, [...own, ...supportedCommon], common);
  checkData(source, task, path, scope);
  if (kind === "call") checkCall(source, task, path, scope);
  if (kind === "set") checkExpressions(source, task.set, [...path, "set"], scope);
  if (kind === "do") checkTasks(source, task.do, [...path, "do"], scope);
  if (kind === "for") checkFor(source, task, path, scope);
  if (kind !== "for" && isMapping(task.metadata) && "knflow" in task.metadata) {
    source.refuse([...path, "metadata", "knflow"], "metadata.knflow belongs to `for` tasks; remove it");
  }
}

function checkCall(source: DefinitionSource, task: Mapping, path: Path, scope: Scope): void {
  const known =
    scope.functions.length > 0 ? `the workflow has: ${scope.functions.join(", ")}` : "the workflow has none";
  if (typeof task.call !== "string" || !scope.functions.includes(task.call)) {
    source.refuse([...path, "call"], `there is no function ${JSON.stringify(task.call)}; ${known}`);
  }
  if (task.with === undefined) return;
  if (!isMapping(task.with)) source.refuse([...path, "with"], "`with` must be a mapping, the function's input");
  else checkExpressions(source, task.with, [...path, "with"], scope);
}

function checkFor(source: DefinitionSource, task: Mapping, path: Path, scope: Scope): void {
  const loop = task.for;
  if (!isMapping(loop)) {
    source.refuse([...path, "for"], "`for` must be a mapping with `in`, and `each` and `at` if you like");
    return;
  }
  allowKeys(source, loop, [...path, "for"], ["each", "in", "at"], []);
  for (const key of ["each", "at"]) {
    const variable = loop[key];
    if (variable !== undefined && (typeof variable !== "string" || !/^[A-Za-z_]\w*$/.test(variable))) {
      source.refuse([...path, "for", key], `for.${key} must be the name of a variable, without $`);
    }
  }
  if (typeof loop.in !== "string")
    source.refuse([...path, "for"], "for.in must be an expression that gives a list, such as ${ .parts }");
  else checkExpressions(source, asExpression(loop.in), [...path, "for", "in"], scope);
  const inside = { ...scope, variables: [...scope.variables, nameOf(loop.each, "item"), nameOf(loop.at, "index")] };
  if (task.while !== undefined) {
    if (typeof task.while !== "string") source.refuse([...path, "while"], "`while` must be an expression");
    else checkExpressions(source, asExpression(task.while), [...path, "while"], inside);
  }
  const map = mapConcurrency(task.metadata);
  if (typeof map === "string") source.refuse([...path, "metadata"], map);
  if (typeof map === "number" && task.while !== undefined) {
    source.refuse(
      [...path, "while"],
      "a parallel map runs every item, so it can have no `while`; remove one of the two",
    );
  }
  checkTasks(source, task.do, [...path, "do"], inside);
}

/** `input.from` and `output.as`. */
function checkData(
  source: DefinitionSource,
  owner: Mapping,
  path: Path,
  scope: Scope = { functions: [], variables: [] },
): void {
  for (const [key, field] of [
    ["input", "from"],
    ["output", "as"],
  ] as const) {
    const data = owner[key];
    if (data === undefined) continue;
    if (!isMapping(data)) {
      source.refuse([...path, key], `\`${key}\` must be a mapping with \`${field}\``);
      continue;
    }
    allowKeys(source, data, [...path, key], [field], ["schema"]);
    checkExpressions(
      source,
      typeof data[field] === "string" ? asExpression(data[field]) : data[field],
      [...path, key, field],
      scope,
    );
  }
}

function checkExpressions(source: DefinitionSource, value: unknown, path: Path, scope: Scope): void {
  for (const { expression, path: inner } of expressionsIn(value)) {
    const problem = syntaxProblem(expression, scope.variables);
    if (problem) source.refuse([...path, ...inner], `the expression \${ ${expression} } is no jq: ${problem}`);
  }
}

/** Where the language asks for an expression, its `${ }` may be left out. */
function asExpression(text: string): string {
  return /^\s*\$\{[\s\S]*\}\s*$/.test(text) ? text : `\${ ${text} }`;
}

function allowKeys(
  source: DefinitionSource,
  value: Mapping,
  path: Path,
  supported: readonly string[],
  unsupported: readonly string[],
): void {
  for (const key of Object.keys(value)) {
    if (supported.includes(key)) continue;
    const why = unsupported.includes(key) ? "is not supported yet" : "is unknown";
    source.refuse([...path, key], `\`${key}\` ${why}; supported here are: ${supported.join(", ")}`);
  }
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A loop variable's name; one that is no text was refused before and counts as not given. */
function nameOf(given: unknown, byDefault: string): string {
  return typeof given === "string" ? given : byDefault;
}
