import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { packZip, sha256 } from "../archive/zip.ts";
import { readSourceTree } from "../archive/source-tree.ts";
import { UserError } from "../console/errors.ts";
import type { ImageName } from "../settings/images.ts";
import type { Settings } from "../settings/index.ts";
import type { FunctionSettings } from "../source/function-yaml.ts";
import { recipes } from "./image-recipes.ts";
import { RuntimeImage } from "./runtime-image.ts";

/** The images of the platform, each built (or named) once: those of languages where a function is written in them. */
export type RuntimeImages = Readonly<
  Record<"workflow" | "fileServer", pulumi.Output<string>> & Partial<Record<Language, pulumi.Output<string>>>
>;

type Language = FunctionSettings["runtime"];

/**
 * Provides every image that the stack runs.
 *
 * @param languages those that functions are written in
 * @throws UserError where an image has to be built and no registry is set to push it to
 */
export async function runtimeImages(
  settings: Settings["images"],
  languages: readonly Language[],
): Promise<RuntimeImages> {
  const names: ImageName[] = [...new Set(languages), "workflow", "fileServer"];
  const built = names.filter((name) => !("image" in settings.sources[name]));
  if (built.length > 0 && settings.registry === undefined) {
    throw new UserError(
      `knflow:registry is not set, and these images have to be pushed somewhere: ${built.join(", ")}; ` +
        `set it to a registry that the cluster pulls from (knflow:registry registry.example.com/team), or name ready-made images by knflow:images`,
    );
  }
  if (built.length > 0 && settings.builder === "docker" && settings.caBundle !== undefined) {
    const told = `knflow:caBundle does not reach builds of knflow:imageBuilder docker (${built.join(", ")}); `;
    void pulumi.log.warn(
      `${told}where the network re-signs TLS, their base images have to trust it, or buildkit has to build them`,
    );
  }
  const entries = await Promise.all(
    names.map(async (name) => {
      const { repository, context, folders } = recipes[name];
      const image = new RuntimeImage(repository, {
        source: settings.sources[name],
        context,
        dockerfile: `${folders[0]}/Dockerfile`,
        contextDigest: await digestOf(folders),
        repository,
        registry: settings.registry,
        builder: settings.builder,
        platform: settings.platform,
        caFolder: caFolder(settings.caBundle),
        buildArgs: settings.buildArgs,
      });
      return [name, image.ref] as const;
    }),
  );
  return Object.fromEntries(entries) as RuntimeImages;
}

async function digestOf(folders: readonly string[]): Promise<string> {
  const trees = await Promise.all(
    folders.map(async (folder) =>
      (await readSourceTree(folder)).map((file) => ({ ...file, path: `${folder}/${file.path}` })),
    ),
  );
  return sha256(await packZip(trees.flat()));
}

/** The folder that builds bind as their trusted CAs: the bundle's own, or one that holds none. */
function caFolder(bundle: string | undefined): string {
  return bundle === undefined ? "runtimes/no-ca" : dirname(bundle);
}
