import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../console/errors.ts";
import { formatProblem, readYamlFile } from "../source/yaml-file.ts";
import { currentOf, releasesSchema, type Release, type Releases } from "./release.ts";

const folder = "releases";

/** Where a stack's releases are written down, relative to the project. */
export function releasesFile(stack: string): string {
  return `${folder}/${stack}.yaml`;
}

/**
 * The releases of a stack; undefined where it has none, and so runs what is in the working tree.
 *
 * @param project the project's folder
 * @throws UserError with every mistake in the file, each with its place
 */
export async function readReleases(stack: string, project: string): Promise<Releases | undefined> {
  const file = join(project, releasesFile(stack));
  if (!existsSync(file)) return undefined;
  const { value, problems } = await readYamlFile(file, releasesSchema);
  if (value !== undefined) return value;
  throw new UserError(problems.map((problem) => formatProblem({ ...problem, file: releasesFile(stack) })).join("\n"));
}

/** The release that a stack runs, as its file says; undefined where it has none. */
export async function currentRelease(stack: string, project: string): Promise<Release | undefined> {
  const releases = await readReleases(stack, project);
  return releases && currentOf(releases);
}

/** The stacks that have releases. */
export async function releasedStacks(project: string): Promise<string[]> {
  if (!existsSync(join(project, folder))) return [];
  const files = await readdir(join(project, folder));
  return files.flatMap((file) => /^(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/** Writes a stack's releases down, whole or not at all; without any, the file goes. */
export async function writeReleases(stack: string, project: string, releases: Releases | undefined): Promise<void> {
  const file = join(project, releasesFile(stack));
  if (releases === undefined) return rm(file, { force: true });
  const comment = `# What stack ${stack} runs. "npx knflow promote" and "npx knflow rollback" write it; commit it.\n`;
  await mkdir(join(project, folder), { recursive: true });
  await writeFile(`${file}.new`, comment + stringify(releases, { lineWidth: 0 }));
  await rename(`${file}.new`, file);
}
