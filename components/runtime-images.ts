import { existsSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { packZip, sha256 } from "../archive/zip.ts";
import { readSourceTree } from "../archive/source-tree.ts";
import { UserError } from "../console/errors.ts";
import type { Settings } from "../settings/index.ts";
import { RuntimeImage } from "./runtime-image.ts";

const contexts = {
  python: "runtimes/python",
  workflow: "runtimes/workflow",
  fileServer: "runtimes/file-server",
} as const;
const repositories = { python: "runtime-python", workflow: "workflow-executor", fileServer: "file-server" } as const;
type ImageName = keyof typeof contexts;

/** The images of the platform, each built (or named) once. */
export type RuntimeImages = Readonly<Record<ImageName, pulumi.Output<string>>>;

/**
 * Provides every image that the stack runs.
 *
 * @throws UserError where an image has to be built and no registry is set to push it to
 */
export async function runtimeImages(settings: Settings["images"]): Promise<RuntimeImages> {
  const names = Object.keys(contexts) as ImageName[];
  const built = names.filter((name) => !("image" in settings.sources[name]));
  if (built.length > 0 && settings.registry === undefined) {
    throw new UserError(
      `knflow:registry is not set, and these images have to be pushed somewhere: ${built.join(", ")}; ` +
        `set it to a registry that the cluster pulls from (knflow:registry registry.example.com/team), or name ready-made images by knflow:images`,
    );
  }
  const entries = await Promise.all(
    names.map(async (name) => {
      const image = new RuntimeImage(`${repositories[name]}`, {
        source: settings.sources[name],
        context: contexts[name],
        contextDigest: sha256(await packZip(await readSourceTree(contexts[name]))),
        repository: repositories[name],
        registry: settings.registry,
        builder: settings.builder,
        caFolder: caFolder(settings.caBundle),
        buildArgs: settings.buildArgs,
      });
      return [name, image.ref] as const;
    }),
  );
  return Object.fromEntries(entries) as RuntimeImages;
}

/** The folder that builds bind as their trusted CAs: the bundle's own, or one that holds none. */
function caFolder(bundle: string | undefined): string {
  if (bundle === undefined) return "runtimes/no-ca";
  if (!existsSync(bundle)) throw new UserError(`knflow:caBundle names ${bundle}, which is not there`);
  if (!bundle.endsWith("/ca-certificates.crt")) {
    throw new UserError(
      `knflow:caBundle must name a file ca-certificates.crt, but is ${bundle}; copy it to that name in a folder of its own`,
    );
  }
  return bundle.slice(0, -"/ca-certificates.crt".length);
}
