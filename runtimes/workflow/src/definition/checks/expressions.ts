import { syntaxProblems } from "../../expressions/syntax.ts";
import { expressionIn } from "../../expressions/template.ts";
import type { Path } from "../source.ts";
import type { Scope } from "./scope.ts";
import { listed, shown } from "./values.ts";

/** Variables of the language that there are not, and what to do about it. */
const missing: Readonly<Record<string, string>> = {
  secrets: "secrets are not supported; let a function read them",
  authorization: "it is not supported; a call's authentication is not told to expressions",
};

/** Variables that tasks cannot take for their own. */
const taken = [
  "context",
  "input",
  "output",
  "task",
  "workflow",
  "runtime",
  "secrets",
  "authorization",
  "ENV",
  "__loc__",
];

/** Every `${ ... }` in a structure. */
export function checkStructure(value: unknown, path: Path, scope: Scope): void {
  if (typeof value === "string") checkText(value, path, scope);
  else if (Array.isArray(value)) value.forEach((item, index) => checkStructure(item, [...path, index], scope));
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) checkStructure(item, [...path, key], scope);
  }
}

/** A text that the language wants to be an expression, so that its `${ }` may be left out. */
export function checkExpression(value: unknown, path: Path, scope: Scope): void {
  if (typeof value === "string") checkJq(expressionIn(value) ?? value.trim(), path, scope);
  else {
    const needed = "must be an expression, such as ${ .amount > 10 }";
    scope.source.refuse(path, `\`${String(path.at(-1))}\` ${needed}, but is ${shown(value)}`);
  }
}

/** The name of a variable that a task gives to what is in it. */
export function checkVariable(value: unknown, path: Path, { source }: Scope): void {
  if (value === undefined) return;
  const key = path.slice(-2).join(".");
  if (typeof value !== "string" || !/^[A-Za-z_]\w*$/.test(value)) {
    source.refuse(path, `${key} must be the name of a variable, without $, but is ${shown(value)}`);
  } else if (taken.includes(value)) {
    source.refuse(path, `${key} must not be ${value}: $${value} is a variable of the language; choose another name`);
  }
}

function checkText(text: string, path: Path, scope: Scope): void {
  const expression = expressionIn(text);
  if (expression !== undefined) checkJq(expression, path, scope);
  else if (/\$\{.*\}/s.test(text)) {
    const fix = 'an expression must be the whole text, such as ${ "Hello " + .name }';
    scope.source.refuse(path, `${shown(text)} has an expression inside, which would stay as it is; ${fix}`);
  }
}

function checkJq(expression: string, path: Path, { found, variables }: Scope): void {
  found.push({ expression, path, variables });
}

/** Has jq look at all expressions that were found, which is much faster together than each for itself. */
export function checkSyntax({ source, found }: Scope): void {
  for (const some of Map.groupBy(found, ({ variables }) => variables.join(" ")).values()) {
    const variables = some[0]?.variables ?? [];
    const known = listed(variables.map((one) => `$${one}`));
    const expressions = some.map(({ expression }) => expression);
    const problems = syntaxProblems(expressions, variables);
    for (const { expression, path } of some) {
      const problem = problems.get(expression);
      if (problem === undefined) continue;
      const [, name = ""] = /^\$(\w+) is not defined/.exec(problem) ?? [];
      const hint = name === "" ? "" : `: ${missing[name] ?? `known here are ${known}`}`;
      source.refuse(path, `the expression \${ ${expression} } is no jq: ${problem}${hint}`);
    }
  }
}
