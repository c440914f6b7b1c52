import type { Instance } from "../cluster/embedded/instance.ts";
import { UserError } from "../console/errors.ts";
import { imagesOf, mirrored } from "../manifests/mirror.ts";
import type { ReleaseManifests, ReleaseSource } from "../manifests/release-files.ts";
import type { Release } from "../release/release.ts";
import type { SettingsKeys } from "./keys.ts";

/** The images that knflow builds. */
export type ImageName = "python" | "node" | "workflow" | "fileServer";

/** An image of the platform: a ready-made one, or what its build starts from. */
export type ImageSource = { readonly image: string } | { readonly baseImage: string };

/** What counts where a stack names nothing: the builds' base images, as in their Dockerfiles, and PostgreSQL's image. */
export const defaultImages = {
  python: "python:3.12-slim",
  node: "node:24-slim",
  workflow: "node:24-slim",
  fileServer: "nginx:1.29-alpine",
  runStore: "postgres:17",
} as const satisfies Record<ImageName | "runStore", string>;

/** All of them. */
export const imageNames = ["python", "node", "workflow", "fileServer"] as const satisfies readonly ImageName[];

/** What a stack's images are made of. What it names itself is taken as it is; a mirror counts for the defaults alone. */
export function imageSources(
  keys: Pick<SettingsKeys, "images" | "baseImages" | "mirror">,
  embedded?: Instance["baseImages"],
): { readonly sources: Readonly<Record<ImageName, ImageSource>>; readonly runStore: string } {
  const fallback = (name: ImageName | "runStore") =>
    keys.mirror === undefined ? defaultImages[name] : mirrored(defaultImages[name], keys.mirror);
  const source = (name: ImageName, embeddedBase: string | undefined): ImageSource => {
    const image = keys.images[name];
    return image === undefined ? { baseImage: keys.baseImages[name] ?? embeddedBase ?? fallback(name) } : { image };
  };
  return {
    sources: {
      python: source("python", embedded?.python),
      node: source("node", embedded?.node),
      workflow: source("workflow", embedded?.node),
      fileServer: source("fileServer", embedded?.nginx),
    },
    runStore: keys.images.runStore ?? embedded?.postgres ?? fallback("runStore"),
  };
}

/**
 * The images of a stack that runs a release: the release's, or the same ones where the stack's own cluster finds them.
 *
 * @throws UserError where the stack names another image than its release runs
 */
export function releasedImages(
  { number, images: released }: Pick<Release, "number" | "images">,
  own: SettingsKeys["images"],
  stack: string,
): SettingsKeys["images"] {
  const imageOf = (name: ImageName): string | undefined => {
    const [image, ownImage] = [released[name], own[name]];
    if (image === undefined || ownImage === undefined) return image;
    const digest = image.slice(image.indexOf("@"));
    if (ownImage.endsWith(digest)) return ownImage;
    throw new UserError(
      `knflow:images.${name} of stack ${stack} is ${ownImage}, but its release ${number} runs ${image}; ` +
        `name the same image where the stack's cluster finds it, ending in ${digest}, or remove the setting`,
    );
  };
  return { ...own, ...Object.fromEntries(imageNames.map((name) => [name, imageOf(name)])) };
}

/** Where a stack's release manifests come from. */
export function releaseSource(
  keys: Pick<SettingsKeys, "knativeVersion" | "kourierVersion" | "manifests" | "manifestSha256" | "caBundle">,
): ReleaseSource {
  return {
    knativeVersion: keys.knativeVersion,
    kourierVersion: keys.kourierVersion ?? keys.knativeVersion,
    location: keys.manifests,
    sha256: keys.manifestSha256,
    caBundle: keys.caBundle,
  };
}

/** An image that a stack needs. */
export interface NeededImage {
  readonly image: string;
  /** What needs it: "Knative Serving", "Kourier", or the images of the stack by their names in the settings. */
  readonly for: readonly string[];
  /** Whether `knflow:mirror` moves it; an image that the stack's settings name is pulled from where they say. */
  readonly mirrorable: boolean;
}

/**
 * Every image that a stack on a cluster of the user's needs and knflow does not build, from where it is without a mirror.
 *
 * @param release the manifests that are installed; undefined where the cluster has its own platform
 * @param ownRunStore whether the stack runs a PostgreSQL
 */
export function neededImages(
  keys: Pick<SettingsKeys, "images" | "baseImages">,
  release: ReleaseManifests | undefined,
  ownRunStore: boolean,
): NeededImage[] {
  const { sources, runStore } = imageSources({ ...keys, mirror: undefined });
  const own = imageNames.map((name) => {
    const source = sources[name];
    const given = keys.images[name] ?? keys.baseImages[name];
    return { image: "image" in source ? source.image : source.baseImage, for: name, mirrorable: given === undefined };
  });
  const all = [
    ...imagesOf(release?.core ?? []).map((image) => ({ image, for: "Knative Serving", mirrorable: true })),
    ...imagesOf(release?.kourier ?? []).map((image) => ({ image, for: "Kourier", mirrorable: true })),
    ...own,
    ...(ownRunStore ? [{ image: runStore, for: "runStore", mirrorable: keys.images.runStore === undefined }] : []),
  ];
  const byImage = Map.groupBy(all, ({ image }) => image);
  return [...byImage].map(([image, uses]) => ({
    image,
    for: uses.map((use) => use.for),
    mirrorable: uses.some((use) => use.mirrorable),
  }));
}
