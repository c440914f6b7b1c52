import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../console/errors.ts";
import { currentOf, releasesSchema, type Release, type Releases } from "./release.ts";

/** Of the files of releases, in the project. */
export const releasesFolder = "releases";

/**
 * The variable by which a preview of the Pulumi program is shown a release that no file in the project names yet: the path of a file
 * of releases. An update takes no notice of it.
 */
export const proposedReleases = "KNFLOW_RELEASES";

/** Where a stack's releases are written down, relative to the project. */
export function releasesFile(stack: string): string {
  return `${releasesFolder}/${stack}.yaml`;
}

/**
 * The releases of a stack; undefined where it has none, and so runs what is in the working tree.
 *
 * @param project the project's folder
 * @param proposed a file with others, which must be there, in place of the project's
 * @throws UserError with every mistake in the file, each with its place
 */
export async function readReleases(stack: string, project: string, proposed?: string): Promise<Releases | undefined> {
  const file = proposed ?? join(project, releasesFile(stack));
  if (!existsSync(file)) {
    if (proposed === undefined) return undefined;
    throw new UserError(
      `there is no file ${proposed}, which ${proposedReleases} names for a preview of releases; unset that variable`,
    );
  }
  // Only here: most stacks have none, and the program looks before it loads anything else.
  const { formatProblem, readYamlFile } = await import("../source/yaml-file.ts");
  const { value, problems } = await readYamlFile(file, releasesSchema);
  if (value !== undefined) return value;
  const shown = proposed ?? releasesFile(stack);
  throw new UserError(problems.map((problem) => formatProblem({ ...problem, file: shown })).join("\n"));
}

/** The release that a stack runs, as its file says (see `readReleases`); undefined where it has none. */
export async function currentRelease(...args: Parameters<typeof readReleases>): Promise<Release | undefined> {
  const releases = await readReleases(...args);
  return releases && currentOf(releases);
}

/** What a preview or an update says of the release that it is of. */
export function tellRelease(stack: string, { number }: Release, proposed: boolean): string {
  const file = releasesFile(stack);
  return proposed
    ? `preview of release ${number}, which ${file} does not have stack ${stack} run yet`
    : `stack ${stack} runs release ${number} of ${file}`;
}

/** The stacks that have releases. */
export async function releasedStacks(project: string): Promise<string[]> {
  if (!existsSync(join(project, releasesFolder))) return [];
  const files = await readdir(join(project, releasesFolder));
  return files.flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}
