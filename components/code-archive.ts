import type * as pulumi from "@pulumi/pulumi";
import type { CodeObject } from "../archive/code-object.ts";
import { pushCommand, type PushCommand } from "./push-command.ts";
import { stackCommand } from "./stack-command.ts";
import type { StoredObjects } from "./stored-objects.ts";

/** Arguments of {@link codeArchive}. */
export interface CodeArchiveArgs {
  readonly archive: CodeObject;
  readonly namespace: string;
  /** The claim of the volume: on another volume everything is pushed again. */
  readonly volume: pulumi.Input<string>;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
  /** What is on the volume: an archive that is not is pushed again. */
  readonly stored: StoredObjects;
}

/**
 * An archive on the code volume, pushed through the file server's pod. Its name holds its digest: unchanged code runs
 * no command, unless the volume lost the object; changed code pushes another object beside the old one. Nothing is deleted with it, since an older
 * Revision may still start from an older object.
 */
export function codeArchive(name: string, args: CodeArchiveArgs, opts: pulumi.CustomResourceOptions): PushCommand {
  const { archive, clusterEnvironment, stored } = args;
  return pushCommand(
    name,
    {
      create: stackCommand("push-archive"),
      environment: {
        ...clusterEnvironment,
        KNFLOW_NAMESPACE: args.namespace,
        KNFLOW_VOLUME: args.volume,
        KNFLOW_OBJECT: archive.object,
        KNFLOW_SHA256: archive.sha256,
        KNFLOW_SOURCE: JSON.stringify(archive.source),
      },
      missed: stored.lacks(archive) ? stored.time : undefined,
    },
    opts,
  );
}
