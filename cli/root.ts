import { dirname, join, relative } from "node:path";

/** The project's folder: where Pulumi.yaml, functions/ and node_modules/ are. */
export const projectRoot = dirname(import.meta.dirname);

/**
 * The project's folder of workflows, as seen from where the command was typed.
 *
 * @param folder the stack's `knflow:functions`; without a stack it is the usual one
 */
export function functionsFolder(folder = "functions"): string {
  return relative(process.cwd(), join(projectRoot, folder)) || ".";
}
