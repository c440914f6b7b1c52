import { relative, resolve } from "node:path";
import { readWorkflows } from "../../source/workflow-source.ts";
import { projectRoot } from "../root.ts";
import { stackSettings } from "../stack.ts";
import { sourceDigests, type Digests } from "./changes.ts";

/**
 * The digests of what an update of a stack would deploy, by the working tree.
 *
 * @throws UserError with every problem in the stack's settings or in the workflows' files
 */
export async function plannedDigests(stack: string): Promise<Digests> {
  const folder = resolve(projectRoot, stackSettings(stack).functions);
  return sourceDigests(await readWorkflows(relative(process.cwd(), folder) || "."));
}
