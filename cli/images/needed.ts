import { resolve } from "node:path";
import { UserError } from "../../console/errors.ts";
import { readRelease, type ReleaseSource } from "../../manifests/release-files.ts";
import { neededImages, releaseSource, type NeededImage } from "../../settings/images.ts";
import type { SettingsKeys } from "../../settings/keys.ts";
import { projectRoot } from "../root.ts";
import { hasSetting, stackSettings, unconfigured } from "../stack.ts";

/** What a stack's images and manifests are copied from and to, as its configuration says. */
export interface StackSources {
  readonly keys: SettingsKeys;
  readonly release: ReleaseSource;
}

/**
 * Reads what a stack's configuration says of images and manifests; its cluster need not be there.
 *
 * @throws UserError where it is for the embedded cluster, which makes all of this itself
 */
export function stackSources(stack: string): StackSources {
  const keys = stackSettings(stack);
  if (keys.embedded !== undefined) {
    throw new UserError(
      `stack ${stack} is for the embedded cluster ${keys.embedded}, which makes its images itself; ` +
        "name a stack for a cluster of yours by --stack" +
        unconfigured(stack),
    );
  }
  const { manifests } = keys;
  const isFolder = manifests !== undefined && !/^https?:/.test(manifests);
  return { keys, release: releaseSource(isFolder ? { ...keys, manifests: resolve(projectRoot, manifests) } : keys) };
}

/**
 * Every image that a stack needs and knflow does not build.
 *
 * @throws UserError where the release's manifests cannot be had
 */
export async function stackImages(stack: string, { keys, release }: StackSources): Promise<NeededImage[]> {
  const manifests = keys.platform === "managed" ? await readRelease(release) : undefined;
  return neededImages(keys, manifests, keys.runStore === "managed" && !hasSetting(stack, "runStoreUrl"));
}
