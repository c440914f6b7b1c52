import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { clustersDir } from "../../cluster/paths.ts";
import { defaultFunctionsFolder, projectRoot } from "../root.ts";
import { configuredStacks } from "../stack.ts";
import type { Names } from "./candidates.ts";

const functions = join(projectRoot, defaultFunctionsFolder);

/** Names in the working tree and on this machine, by the arguments and options of commands that take one. */
export const knownNames: Names = {
  workflow: workflows,
  "workflow[/function]": workflowsAndFunctions,
  "workflow[/function]|file": workflowsAndFunctions,
  stack: configuredStacks,
  "from-stack": configuredStacks,
  "to-stack": configuredStacks,
  name: () => foldersWith(clustersDir(), "instance.json"),
};

function workflows(): string[] {
  return foldersWith(functions, "workflow.yaml");
}

function workflowsAndFunctions(): string[] {
  return workflows().flatMap((workflow) => {
    const own = foldersWith(join(functions, workflow), "function.yaml");
    return [workflow, ...own.map((fn) => `${workflow}/${fn}`)];
  });
}

/** The folders in a folder that have a file of a name. */
function foldersWith(folder: string, file: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, file)));
}
