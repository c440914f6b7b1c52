import * as pulumi from "@pulumi/pulumi";
import type { CodeObject } from "../archive/code-object.ts";
import { pushCommand } from "./push-command.ts";
import { stackCommand } from "./stack-command.ts";
import type { StoredObjects } from "./stored-objects.ts";

/** Arguments of {@link CodeArchive}. */
export interface CodeArchiveArgs {
  readonly archive: CodeObject;
  readonly namespace: string;
  /** The claim of the volume: on another volume everything is pushed again. */
  readonly volume: pulumi.Input<string>;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
  /** The Knative Service whose pods take a changed archive before there is a Revision of it; undefined where they do not. */
  readonly reloaded: string | undefined;
  /** What is on the volume: an archive that is not is pushed again. */
  readonly stored: StoredObjects;
}

/**
 * An archive on the code volume, pushed through the file server's pod. Its name holds its digest: unchanged code runs
 * no command, unless the volume lost the object; changed code pushes another object beside the old one. Nothing is deleted with it, since an older
 * Revision may still start from an older object.
 *
 * A component, so that what waits for others before it is pushed, as a workflow does for its functions, does not fail with them: under
 * `--continue-on-error` a stack would lose the outputs of each workflow that has a broken function.
 */
export class CodeArchive extends pulumi.ComponentResource {
  /** The object's name on the volume, known once it is there. */
  readonly object: pulumi.Output<string>;
  /** When the volume was last found not to have it. */
  readonly missed: pulumi.Output<string | undefined>;

  constructor(name: string, args: CodeArchiveArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:code:CodeArchive", name, {}, opts);

    const push = pushCommand(
      `${name}-push`,
      {
        create: stackCommand("push-archive"),
        update: args.reloaded === undefined ? undefined : stackCommand("push-and-reload"),
        environment: {
          ...args.clusterEnvironment,
          KNFLOW_NAMESPACE: args.namespace,
          KNFLOW_VOLUME: args.volume,
          KNFLOW_OBJECT: args.archive.object,
          KNFLOW_SHA256: args.archive.sha256,
          KNFLOW_SOURCE: JSON.stringify(args.archive.source),
          ...(args.reloaded !== undefined && { KNFLOW_SERVICE: args.reloaded }),
        },
        missed: args.stored.lacks(args.archive) ? args.stored.time : undefined,
      },
      { parent: this },
    );

    this.object = push.stdout.apply(() => args.archive.object);
    this.missed = push.missed;
    this.registerOutputs({ object: this.object });
  }
}
