import { existsSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../console/errors.ts";
import { formatProblem, readYamlFile } from "../source/yaml-file.ts";
import { currentOf, releasesSchema, type Release, type Releases } from "./release.ts";

const folder = "releases";

/**
 * The variable by which a preview of the Pulumi program is shown a release that no file in the project names yet: the path of a file
 * of releases. An update takes no notice of it.
 */
export const proposedReleases = "KNFLOW_RELEASES";

/** Where a stack's releases are written down, relative to the project. */
export function releasesFile(stack: string): string {
  return `${folder}/${stack}.yaml`;
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
  if (!existsSync(join(project, folder))) return [];
  const files = await readdir(join(project, folder));
  return files.flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/** Writes a stack's releases down, whole or not at all. */
export async function writeReleases(stack: string, project: string, releases: Releases): Promise<void> {
  const file = join(project, releasesFile(stack));
  await mkdir(join(project, folder), { recursive: true });
  await writeFile(`${file}.new`, releasesText(stack, releases));
  await rename(`${file}.new`, file);
}

/** A stack's releases as they are written down. */
export function releasesText(stack: string, releases: Releases): string {
  const comment = `# What stack ${stack} runs. "npx knflow promote" and "npx knflow rollback" write it; commit it.\n`;
  return comment + stringify(releases, { lineWidth: 0 });
}
