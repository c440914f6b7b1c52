import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defaultFunctionsFolder, projectRoot } from "./root.ts";

const functions = join(projectRoot, defaultFunctionsFolder);

/** The workflows of the working tree, by the names of their folders; nothing in them is read. */
export function workflowsInTree(): string[] {
  return foldersWith(functions, "workflow.yaml");
}

/** The same, each followed by its functions: `<workflow>`, `<workflow>/<function>`. */
export function workflowsAndFunctionsInTree(): string[] {
  return workflowsInTree().flatMap((workflow) => {
    const own = foldersWith(join(functions, workflow), "function.yaml");
    return [workflow, ...own.map((fn) => `${workflow}/${fn}`)];
  });
}

/** The folders in a folder that have a file of a name. */
export function foldersWith(folder: string, file: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, file)));
}
