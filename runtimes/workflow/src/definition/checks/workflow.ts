import type { DefinitionSource } from "../source.ts";
import { checkInput, checkOutput } from "./data.ts";
import { checkDocument } from "./document.ts";
import { checkSyntax } from "./expressions.ts";
import { allowKeys, type Scope } from "./scope.ts";
import { checkTasks } from "./tasks.ts";
import { checkTimeout } from "./time.ts";
import { checkUse } from "./use.ts";
import { isMapping } from "./values.ts";

const unsupported = {
  evaluate: "expressions are jq in strict mode; remove it",
  schedule: "let something outside start the runs",
};

/** Checks a whole definition; what is wrong is noted in the source. */
export function checkDefinition(source: DefinitionSource, functions: readonly string[]): void {
  const root = source.value;
  if (!isMapping(root)) {
    source.refuse([], "is empty; a workflow needs `document` and `do`");
    return;
  }
  const before: Scope = {
    source,
    functions,
    use: root.use,
    variables: ["workflow", "runtime"],
    found: [],
    referenced: new Set(),
  };
  const around: Scope = { ...before, variables: ["context", "input", "workflow", "runtime"] };
  const inside: Scope = { ...before, variables: [...around.variables, "task"] };
  allowKeys(root, [], ["document", "use", "input", "timeout", "do", "output"], before, unsupported);
  checkDocument(root, before);
  checkInput(root, [], before);
  checkTimeout(root.timeout, ["timeout"], before);
  if (root.do === undefined) source.refuse([], "has no `do`, the list of its tasks");
  else checkTasks(root.do, ["do"], inside);
  checkOutput(root, "output", [], around);
  checkUse(inside);
  checkSyntax(before);
}
