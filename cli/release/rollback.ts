import { UserError } from "../../console/errors.ts";
import type { Progress } from "../../console/progress.ts";
import { currentOf, type Releases } from "../../release/release.ts";
import { readReleases, releasesFile } from "../../release/releases-file.ts";
import { projectRoot } from "../root.ts";
import { openStack, stackName, stackSettings, unconfigured } from "../stack.ts";
import { deployRelease, type DeployedRelease, type DeployOptions } from "./deploy.ts";

/**
 * Has a stack run an earlier release again: nothing is built for it.
 *
 * @param to the release's number; the one that ran before the current one where it is not given
 * @throws UserError where there is none, or it cannot be had any more; nothing was changed then
 */
export async function rollback(
  stack: string,
  to: number | undefined,
  options: DeployOptions,
  progress: Progress,
): Promise<DeployedRelease> {
  stackSettings(stack);
  const name = stackName(stack);
  const releases = await readReleases(name, projectRoot);
  if (releases === undefined) {
    throw new UserError(
      `stack ${stack} has no releases (${releasesFile(name)} is not there); "npx knflow promote <from-stack> ${stack}" makes one` +
        unconfigured(stack),
    );
  }
  const earlier = goneBack(name, releases, to);
  progress.plan(options.yes ? 2 : 1);
  const access = await openStack(stack, ["pulumi", "kubectl"], progress);
  return deployRelease(access, earlier, options, progress);
}

/** The releases with an earlier one as the current one. */
export function goneBack(stack: string, releases: Releases, to = currentOf(releases).before): Releases {
  const known = releases.releases.map(({ number }) => number);
  const there = `${releasesFile(stack)} has: ${known.join(", ")}`;
  if (to === undefined) {
    const number = releases.current;
    throw new UserError(
      `stack ${stack} runs release ${number}, and none ran before it; name another one by --to <number>, ${there}`,
    );
  }
  if (!known.includes(to)) throw new UserError(`stack ${stack} has no release ${to}; ${there}`);
  return { ...releases, current: to };
}
