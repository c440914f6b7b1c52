import { dirname, join, relative } from "node:path";

/** The folder of workflows for commands that are of no stack, and so know no `knflow:functions`. */
export const defaultFunctionsFolder = "functions";

/** The project's folder: where Pulumi.yaml, functions/ and node_modules/ are. */
export const projectRoot = dirname(import.meta.dirname);

/**
 * The project's folder of workflows, as seen from where the command was typed.
 *
 * @param folder the stack's `knflow:functions`; without a stack it is the usual one
 */
export function functionsFolder(folder = defaultFunctionsFolder): string {
  return relative(process.cwd(), join(projectRoot, folder)) || ".";
}
