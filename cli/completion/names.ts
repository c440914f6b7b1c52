import { clustersDir } from "../../cluster/paths.ts";
import { configuredStacks } from "../stack.ts";
import { foldersWith, workflowsAndFunctionsInTree, workflowsInTree } from "../working-tree.ts";
import type { Names } from "./candidates.ts";

/** Names in the working tree and on this machine, by the arguments and options of commands that take one. */
export const knownNames: Names = {
  workflow: workflowsInTree,
  "workflow[/function]": workflowsAndFunctionsInTree,
  "workflow[/function]|file": workflowsAndFunctionsInTree,
  stack: configuredStacks,
  "from-stack": configuredStacks,
  "to-stack": configuredStacks,
  name: () => foldersWith(clustersDir(), "instance.json"),
};
