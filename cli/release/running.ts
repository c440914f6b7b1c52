import { join } from "node:path";
import { UserError } from "../../console/errors.ts";
import { checkOut, headCommit, uncommitted } from "../../release/commit.ts";
import { describeDifference, differences } from "../../release/differences.ts";
import type { Release } from "../../release/release.ts";
import { currentRelease } from "../../release/releases-file.ts";
import { digestsOf } from "../../release/workflows.ts";
import { chooseCluster } from "../../settings/cluster.ts";
import { resolveSettings } from "../../settings/index.ts";
import { readWorkflows, type WorkflowSource } from "../../source/workflow-source.ts";
import { readStackOutputs, type StackOutputs } from "../pulumi/outputs.ts";
import { plannedChanges } from "../pulumi/preview.ts";
import { exportState } from "../pulumi/read.ts";
import { projectRoot } from "../root.ts";
import { stackName, stackSettings, type StackAccess } from "../stack.ts";
import { inTemporaryFolder } from "../temporary-folder.ts";
import { readDeployed } from "./deployed.ts";

/** What a stack runs, as a release of another one may have it. */
export type Running = Pick<Release, "from" | "commit" | "functions" | "images" | "workflows">;

/**
 * What a stack runs: the commit that it is from, and the digests of images, code and packages that are deployed.
 *
 * @throws UserError where that is not certain: the commit gives something else, or an update would change something
 */
export async function runningRelease(access: StackAccess): Promise<Running> {
  const from = stackName(access.stack);
  const keys = stackSettings(access.stack);
  const { dependencies } = resolveSettings(keys, from, chooseCluster(keys));
  const [outputs, state] = await Promise.all([readStackOutputs(access), exportState(access)]);
  const own = await currentRelease(from, projectRoot);
  const commit = own?.commit ?? (await headCommit(projectRoot));
  const functions = own?.functions ?? keys.functions;
  const open = own === undefined ? await uncommitted(projectRoot, functions) : [];

  const workflows = await workflowsAt(commit, functions);
  refuseOtherCode(from, commit, outputs, workflows, open);
  if (open.length > 0) {
    throw new UserError(
      `${open.join(", ")} differ from commit ${commit}; commit or stash them, so that it is certain what stack ${from} runs`,
    );
  }
  const deployed = readDeployed(from, state, workflows, dependencies.target);
  const changes = await plannedChanges(access);
  if (changes.length > 0) {
    throw new UserError(
      `stack ${from} does not run what commit ${commit} and its settings say; "pulumi up --stack ${from}" would still\n` +
        `${changes.map((change) => `  ${change}`).join("\n")}\nrun it, look whether all is well, and promote again`,
    );
  }
  return { from, commit, functions, ...deployed };
}

function workflowsAt(commit: string, functions: string): Promise<WorkflowSource[]> {
  return inTemporaryFolder("knflow-commit-", async (folder) =>
    readWorkflows(await checkOut(projectRoot, commit, functions, join(folder, "source"))),
  );
}

function refuseOtherCode(
  from: string,
  commit: string,
  outputs: StackOutputs,
  workflows: readonly WorkflowSource[],
  open: readonly string[],
): void {
  const wrong = differences(outputs, digestsOf(workflows));
  if (wrong.length === 0) return;
  const lines = wrong.map((difference) => {
    const place = difference.name.includes("/") ? `/${difference.name}/` : `/${difference.name}/workflow.yaml`;
    const files = open.filter((file) => file.includes(place));
    const why = files.length === 0 ? "" : `; not committed: ${files.join(", ")}`;
    return `  ${describeDifference(difference, `stack ${from}`, "the commit")}${why}`;
  });
  throw new UserError(
    `stack ${from} does not run what commit ${commit} gives:\n${lines.join("\n")}\n` +
      `commit what it runs, or check out the commit that it was deployed from, or deploy this one by "pulumi up --stack ${from}"; ` +
      `then promote again. Files that git ignores are in no commit, but in archives, unless .knflowignore names them`,
  );
}
