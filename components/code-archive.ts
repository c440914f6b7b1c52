import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { CodeObject } from "../archive/code-object.ts";

/** Arguments of {@link CodeArchive}. */
export interface CodeArchiveArgs {
  readonly archive: CodeObject;
  readonly namespace: string;
  /** The claim of the volume: on another volume everything is pushed again. */
  readonly volume: pulumi.Input<string>;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
}

/**
 * An archive on the code volume, pushed through the file server's pod. Its name holds its digest: unchanged code runs
 * no command, changed code pushes another object beside the old one. Nothing is deleted with it, since an older
 * Revision may still start from an older object.
 */
export class CodeArchive extends pulumi.ComponentResource {
  /** The object's name on the volume, known once it is there. */
  readonly object: pulumi.Output<string>;

  constructor(name: string, args: CodeArchiveArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:code:CodeArchive", name, {}, opts);

    const push = new command.local.Command(
      `${name}-push`,
      {
        create: "node commands/push-archive.ts",
        environment: {
          ...args.clusterEnvironment,
          KNFLOW_NAMESPACE: args.namespace,
          KNFLOW_VOLUME: args.volume,
          KNFLOW_OBJECT: args.archive.object,
          KNFLOW_SHA256: args.archive.sha256,
          KNFLOW_SOURCE: JSON.stringify(args.archive.source),
        },
      },
      { parent: this },
    );

    this.object = push.stdout.apply(() => args.archive.object);
    this.registerOutputs({ object: this.object });
  }
}
