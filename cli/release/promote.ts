import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../console/errors.ts";
import type { Progress } from "../../console/progress.ts";
import { currentOf, type Release, type Releases } from "../../release/release.ts";
import { readReleases } from "../../release/releases-file.ts";
import { imageNames } from "../../settings/images.ts";
import type { SettingsKeys } from "../../settings/keys.ts";
import { projectRoot } from "../root.ts";
import { openStack, stackCluster, stackName, stackSettings, unconfigured } from "../stack.ts";
import { deployRelease, type DeployedRelease, type DeployOptions } from "./deploy.ts";
import { runningRelease, type Running } from "./running.ts";

/**
 * Has a stack run exactly what another one runs.
 *
 * @throws UserError where it is not certain what that is, or it cannot be had on the other stack; nothing was changed then
 */
export async function promote(
  from: string,
  to: string,
  options: DeployOptions,
  progress: Progress,
): Promise<DeployedRelease> {
  if (stackName(from) === stackName(to))
    throw new UserError(`stack ${to} cannot be promoted to itself; name two stacks`);
  // Its mistakes are told before anything takes time.
  const unknown = unconfigured(to);
  if (unknown !== "") throw new UserError(`nothing can be promoted to stack ${to}${unknown}`);
  const { images: own } = stackSettings(to);
  progress.plan(options.yes ? 3 : 2);
  const source = await openStack(from, ["pulumi", "kubectl"], progress);
  const running = await progress.run(`what stack ${from} runs`, () => runningRelease(source));
  if (stackCluster(from).context !== stackCluster(to).context) refuseImagesOfOneCluster(from, to, running.images, own);
  const access = await openStack(to, ["pulumi", "kubectl"], progress);
  const releases = withRelease(await readReleases(stackName(to), projectRoot), running, new Date());
  return deployRelease(access, releases, options, progress);
}

/**
 * Refuses images in a registry that each node finds on itself alone, as the embedded cluster's is.
 *
 * @param released what the release runs
 * @param own what the other stack names itself: it is where its cluster finds the same image
 * @throws UserError that names them, with what mends it
 */
export function refuseImagesOfOneCluster(
  from: string,
  to: string,
  released: Release["images"],
  own: SettingsKeys["images"],
): void {
  const found = imageNames.flatMap((name) => {
    const image = released[name];
    return image !== undefined && /^(localhost|127\.\d+\.\d+\.\d+)[:/]/.test(image) && own[name] === undefined
      ? [`  ${name}: ${image}`]
      : [];
  });
  if (found.length === 0) return;
  throw new UserError(
    `stack ${to} is on another cluster, which cannot pull what stack ${from} runs:\n${found.join("\n")}\n` +
      `set knflow:registry of stack ${from} to a registry that both clusters pull from, and deploy it; or copy these images to one ` +
      `("crane copy"), and name them there by knflow:images of stack ${to}. Nothing was changed`,
  );
}

/**
 * The releases of a stack once it runs what another one runs: a new release, or the current one where that is the same.
 *
 * @param releases those that it had; undefined where it had none
 */
export function withRelease(releases: Releases | undefined, running: Running, now: Date): Releases {
  const current = releases && currentOf(releases);
  if (releases !== undefined && current !== undefined && sameContent(current, running)) return releases;
  const number = Math.max(0, ...(releases?.releases ?? []).map((one) => one.number)) + 1;
  const release = {
    number,
    date: now.toISOString(),
    from: running.from,
    ...(current !== undefined && { before: current.number }),
    commit: running.commit,
    functions: running.functions,
    images: running.images,
    workflows: running.workflows,
  };
  return { current: number, releases: [release, ...(releases?.releases ?? [])] };
}

function sameContent(release: Release, running: Running): boolean {
  const content = ({ commit, functions, images, workflows }: Running) => ({ commit, functions, images, workflows });
  return isDeepStrictEqual(content(release), content(running));
}
