import { digestsByName, type DigestsByName } from "../../release/differences.ts";
import { currentRelease } from "../../release/releases-file.ts";
import { digestsOf, releasedWorkflows } from "../../release/workflows.ts";
import { readWorkflows, type WorkflowSource } from "../../source/workflow-source.ts";
import { functionsFolder, projectRoot } from "../root.ts";
import { stackName, stackSettings } from "../stack.ts";

/**
 * The digests of what an update of a stack would deploy: by its release, where it has one, else by the working tree.
 *
 * @throws UserError with every problem in the stack's settings or in the workflows' files, or where the release cannot be had
 */
export async function plannedDigests(stack: string): Promise<DigestsByName> {
  return digestsByName(digestsOf(await plannedWorkflows(stack)));
}

async function plannedWorkflows(stack: string): Promise<WorkflowSource[]> {
  const { functions } = stackSettings(stack);
  const name = stackName(stack);
  const release = await currentRelease(name, projectRoot);
  if (release) return releasedWorkflows(name, release, projectRoot);
  return readWorkflows(functionsFolder(functions));
}
