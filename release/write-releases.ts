import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Releases } from "./release.ts";
import { releasesFile, releasesFolder } from "./releases-file.ts";

/** Writes a stack's releases down, whole or not at all. */
export async function writeReleases(stack: string, project: string, releases: Releases): Promise<void> {
  const file = join(project, releasesFile(stack));
  await mkdir(join(project, releasesFolder), { recursive: true });
  await writeFile(`${file}.new`, releasesText(stack, releases));
  await rename(`${file}.new`, file);
}

/** A stack's releases as they are written down. */
export function releasesText(stack: string, releases: Releases): string {
  const comment = `# What stack ${stack} runs. "npx knflow promote" and "npx knflow rollback" write it; commit it.\n`;
  return comment + stringify(releases, { lineWidth: 0 });
}
