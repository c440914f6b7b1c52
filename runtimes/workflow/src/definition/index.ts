import { checkDefinition } from "./checks/workflow.ts";
import { DefinitionSource } from "./source.ts";
import type { Definition, Problem } from "./types.ts";

export type { Definition, Problem } from "./types.ts";

/**
 * Reads a workflow definition and checks it: the supported subset of the language, the functions it calls, its
 * expressions. All problems are told at once.
 *
 * @param text the YAML
 * @param file its name, for the problems
 * @param functions the functions that it may call
 * @example loadDefinition(text, "functions/wordcount/workflow.yaml", ["split", "count", "merge"])
 */
export function loadDefinition(
  text: string,
  file: string,
  functions: readonly string[],
): { definition: Definition } | { problems: Problem[] } {
  const source = new DefinitionSource(text, file);
  if (source.problems.length > 0) return { problems: source.problems };
  checkDefinition(source, functions);
  if (source.problems.length === 0) return { definition: source.value as Definition };
  return { problems: source.problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}
