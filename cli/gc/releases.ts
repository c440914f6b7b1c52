import { objectsOf } from "../../release/release.ts";
import { readReleases, releasedStacks, releasesFile } from "../../release/releases-file.ts";
import { projectRoot } from "../root.ts";
import type { NameSource } from "./names.ts";

/**
 * The archives of all releases that are written down: a rollback goes back to any of them.
 *
 * @throws UserError where a file is wrong
 */
export async function readReleaseNames(project = projectRoot): Promise<NameSource[]> {
  const stacks = await releasedStacks(project);
  return Promise.all(
    stacks.map(async (stack) => ({
      what: releasesFile(stack),
      content: (await readReleases(stack, project))?.releases.map(objectsOf),
    })),
  );
}
