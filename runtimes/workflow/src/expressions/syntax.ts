import { ExpressionError, runJq } from "./engine.ts";
import { bindings, plain } from "./jq.ts";

/** Characters of a program that is compiled at once: jq gets it as an argument, whose size is limited. */
const longest = 8000;

/**
 * What is wrong with the syntax of expressions, by expression; those with which nothing is are left out.
 *
 * @param variables all that they may name, without `$`
 */
export function syntaxProblems(expressions: Iterable<string>, variables: readonly string[]): Map<string, string> {
  const problems = new Map<string, string>();
  const check = (some: readonly string[]): void => {
    const problem = some.length === 0 ? undefined : compile(some, variables);
    if (problem === undefined) return;
    const [only, second] = some;
    if (second === undefined) problems.set(only as string, problem);
    else {
      const half = Math.ceil(some.length / 2);
      check(some.slice(0, half));
      check(some.slice(half));
    }
  };
  let together: string[] = [];
  let length = 0;
  for (const expression of new Set(expressions)) {
    if (isPath(expression, variables)) continue;
    if (!isClosed(expression)) check([expression]);
    else {
      if (length + expression.length > longest) {
        check(together);
        together = [];
        length = 0;
      }
      together.push(expression);
      length += expression.length + 5;
    }
  }
  check(together);
  return problems;
}

function isPath(expression: string, variables: readonly string[]): boolean {
  const [, start, name, rest] = plain.exec(expression) ?? [];
  return start !== undefined && (name === undefined || (variables.includes(name) && rest !== "."));
}

/** Most of the time goes into starting jq, so that several expressions are compiled by one program, and never run. */
function compile(expressions: readonly string[], variables: readonly string[]): string | undefined {
  // One alone has no brackets around it, which it might close.
  const all = expressions.length === 1 ? expressions[0] : expressions.map((one) => `(${one}\n)`).join(", ");
  try {
    runJq(`${bindings(variables)}empty | ${all}\n`, '{"variables":{}}');
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * Whether all that an expression opens, it closes itself. Only then it means the same between others: of `(1` and `1)`, each is
 * wrong, and both together are right. A comment may hide anything.
 */
export function isClosed(expression: string): boolean {
  /** What is to be closed by what; `"` where a text is open. */
  const open: string[] = [];
  for (let at = 0; at < expression.length; at++) {
    const character = expression[at] as string;
    if (open.at(-1) === '"') {
      if (character === '"') open.pop();
      else if (character === "\\" && expression[++at] === "(") open.push(")");
    } else if (character === "#") return false;
    else if (character === '"') open.push('"');
    else if (closing[character] !== undefined) open.push(closing[character]);
    else if (")]}".includes(character) && open.pop() !== character) return false;
  }
  return open.length === 0;
}
