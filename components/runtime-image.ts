import * as docker from "@pulumi/docker";
import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import type { ImageSource } from "../settings/images.ts";
import type { ImagePlatform, Settings } from "../settings/index.ts";

/** Arguments of {@link RuntimeImage}. */
export interface RuntimeImageArgs {
  /** A ready-made image, or the base that the build starts from. */
  readonly source: ImageSource;
  /** The folder that the Dockerfile copies from, relative to the project. */
  readonly context: string;
  /** The Dockerfile, relative to the project. */
  readonly dockerfile: string;
  /** The digest of all files that the image is made of; the image's tag. */
  readonly contextDigest: string;
  /** The image's name in the registry. */
  readonly repository: string;
  readonly registry: string | undefined;
  readonly builder: Settings["images"]["builder"];
  /** What the cluster's nodes run, such as `linux/amd64`, whatever this machine is. */
  readonly platform: ImagePlatform;
  /** Folder with `ca-certificates.crt`, which the build trusts, or an empty one. */
  readonly caFolder: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** Two stacks of one registry may have clusters of different processors. */
function suffix(platform: ImagePlatform): string {
  return platform === "linux/amd64" ? "" : platform.replace("linux/", "-");
}

/** An image of the platform, built once per content and used by its digest; or a ready-made one as it is. */
export class RuntimeImage extends pulumi.ComponentResource {
  /** What pods pull: `<registry>/<repository>:<tag>@sha256:<digest>`, or the ready-made image. */
  readonly ref: pulumi.Output<string>;

  constructor(name: string, args: RuntimeImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:runtime:RuntimeImage", name, {}, opts);

    if ("image" in args.source) {
      this.ref = pulumi.output(args.source.image);
    } else {
      const buildArgs = { ...args.buildArgs, BASE_IMAGE: args.source.baseImage };
      const tag = `${args.registry}/knflow/${args.repository}:${args.contextDigest.slice(0, 16)}${suffix(args.platform)}`;
      this.ref =
        args.builder === "docker"
          ? this.#byDocker(name, args, tag, buildArgs)
          : this.#byBuildKit(name, args, tag, buildArgs);
    }
    this.registerOutputs({ ref: this.ref });
  }

  #byBuildKit(
    name: string,
    args: RuntimeImageArgs,
    tag: string,
    buildArgs: Record<string, string>,
  ): pulumi.Output<string> {
    const image = new dockerBuild.Image(
      `${name}-image`,
      {
        tags: [tag],
        context: { location: args.context, named: { ca: { location: args.caFolder } } },
        dockerfile: { location: args.dockerfile },
        buildArgs,
        platforms: [args.platform],
        push: true,
        buildOnPreview: false,
      },
      // An older Revision may still run from it.
      { parent: this, retainOnDelete: true },
    );
    return image.ref;
  }

  /** For hosts that have only a Docker engine: it builds with the engine's own BuildKit. */
  #byDocker(
    name: string,
    args: RuntimeImageArgs,
    tag: string,
    buildArgs: Record<string, string>,
  ): pulumi.Output<string> {
    const image = new docker.Image(
      `${name}-image`,
      {
        imageName: tag,
        build: {
          context: args.context,
          dockerfile: args.dockerfile,
          args: buildArgs,
          platform: args.platform,
          builderVersion: docker.BuilderVersion.BuilderBuildKit,
        },
      },
      { parent: this, retainOnDelete: true },
    );
    return image.repoDigest;
  }
}
