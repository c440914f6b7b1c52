import { join } from "node:path";
import { UserError } from "../console/errors.ts";
import { readWorkflows, type WorkflowSource } from "../source/workflow-source.ts";
import { describeDifference, differences, type Digests } from "./differences.ts";
import type { Release } from "./release.ts";
import { releasesFile } from "./releases-file.ts";

/**
 * The workflows of a stack that runs a release: from the release's commit, whatever is in the working tree.
 *
 * They are put below `tmp/`, in a folder that is the stack's: its path stands in state, where a function that did not change must
 * not change.
 *
 * @param project the project's folder, `.` for the program itself
 * @throws UserError where the commit cannot be had, or does not give what the release says
 */
export async function releasedWorkflows(stack: string, release: Release, project: string): Promise<WorkflowSource[]> {
  const target = join(project, "tmp", "releases", stack);
  // Only here: most updates have no release, and no use for what runs git.
  const { checkOut } = await import("./commit.ts");
  const folder = await checkOut(project, release.commit, release.functions, target);
  const workflows = await readWorkflows(folder);
  const wrong = differences(release, digestsOf(workflows));
  if (wrong.length === 0) return workflows;
  const lines = wrong.map((difference) => `  ${describeDifference(difference, "the release", "the commit")}`);
  throw new UserError(
    `release ${release.number} of stack ${stack} (${releasesFile(stack)}) is not what its commit ${release.commit} gives:\n` +
      `${lines.join("\n")}\nremove ${target} and try again; if it stays, choose another release by "npx knflow rollback ${stack} --to <number>"`,
  );
}

/** The archives of packages that a release runs, by the sha256 of their lock files. */
export function releasedPackages(workflows: readonly WorkflowSource[], release: Release): ReadonlyMap<string, string> {
  return new Map(
    workflows.flatMap(({ name, functions }) =>
      functions.flatMap((fn): [string, string][] => {
        const object = release.workflows[name]?.functions[fn.name]?.dependencies;
        return fn.dependencies && object !== undefined ? [[fn.dependencies.lockSha256, object]] : [];
      }),
    ),
  );
}

/** The digests of workflows that were read. */
export function digestsOf(workflows: readonly WorkflowSource[]): Digests {
  return {
    workflows: Object.fromEntries(
      workflows.map(({ name, archive, functions }) => [
        name,
        {
          digest: archive.sha256,
          functions: Object.fromEntries(functions.map((fn) => [fn.name, { digest: fn.archive.sha256 }])),
        },
      ]),
    ),
  };
}
