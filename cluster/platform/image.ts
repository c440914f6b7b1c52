import { registryAddress } from "../embedded/constants.ts";
import { local } from "./program.ts";

/** Where images are made. */
export interface Workplace {
  /** The address of the registry that gets them, such as `localhost:40123`. */
  readonly registry: string;
  /** A folder for what is needed on the way. */
  readonly work: string;
  /** The path of crane. */
  readonly crane: string;
}

/** An image: a base's layers, one more, and what is configured on top. */
export interface ImageSpec {
  /** Its repository in the registry. */
  readonly name: string;
  /** An image of the same registry, as `pushImage` gave it; none: an empty image. */
  readonly base?: string;
  /** A tar file. */
  readonly layer: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** `<uid>:<gid>`; the base's where it is not given. */
  readonly user?: string;
}

/** PATH in every image. */
export const imagePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Pushes an image and gives its reference by digest, in the place's registry. */
export async function pushImage(place: Workplace, spec: ImageSpec): Promise<string> {
  const tag = `${place.registry}/base/${spec.name}:latest`;
  const base = spec.base === undefined ? ["--oci-empty-base"] : ["--base", spec.base];
  const appended = await local(place.crane, ["append", ...base, "--new_layer", spec.layer, "--new_tag", tag]);
  const env = Object.entries({ PATH: imagePath, ...spec.env }).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
  const entrypoint = spec.entrypoint ? ["--entrypoint", spec.entrypoint.join(",")] : [];
  const command = spec.command ? ["--cmd", spec.command.join(",")] : [];
  const user = spec.user === undefined ? [] : ["--user", spec.user];
  const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
  const mutated = await local(place.crane, [
    ...["mutate", appended.trim(), "--tag", tag, "--set-platform", platform],
    ...[...env, ...entrypoint, ...command, ...user],
  ]);
  const digest = /sha256:[0-9a-f]{64}/.exec(mutated)?.[0];
  if (digest === undefined) throw new Error(`crane told no digest for ${tag}: ${mutated}`);
  return `${place.registry}/base/${spec.name}@${digest}`;
}

/** An image of the place's registry as the node names it. */
export function asNodeNames(place: Workplace, image: string): string {
  return image.replace(`${place.registry}/`, `${registryAddress}/`);
}

/** Packs a folder as a layer: same tree, same bytes. */
export async function packLayer(folder: string, layer: string): Promise<string> {
  await local("tar", [
    ...["--create", "--file", layer, "--directory", folder, "--sort=name", "--mtime=@0", "--numeric-owner"],
    ...["--xattrs-include=security.capability", "--xattrs", "."],
  ]);
  return layer;
}
