import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  claimName,
  persistentVolume,
  persistentVolumeClaim,
  prepareVolumeJob,
  type CodeVolumeSpec,
} from "../manifests/code-volume.ts";

/** Arguments of {@link CodeVolume}. */
export interface CodeVolumeArgs extends CodeVolumeSpec {
  /** Whether a Job gives the folder on the node to the file server's user. */
  readonly prepare: boolean;
  /** The image of that Job; any with `chown`, so the file server's own. */
  readonly image: pulumi.Input<string>;
}

/**
 * The volume that holds the archives: a folder on a node through a PersistentVolume of its own, or whatever a
 * StorageClass provides. Its data outlive the stack (reclaim policy Retain).
 */
export class CodeVolume extends pulumi.ComponentResource {
  /** The name of the claim, known once it exists and its folder is usable. */
  readonly claim: pulumi.Output<string>;

  constructor(name: string, args: CodeVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:platform:CodeVolume", name, {}, opts);
    const child = { parent: this };

    const dependsOn: pulumi.Resource[] = [];
    if (args.storageClass === undefined) {
      dependsOn.push(new k8s.core.v1.PersistentVolume(`${name}-pv`, persistentVolume(args), child));
      if (args.prepare) dependsOn.push(prepareFolder(name, args, child));
    }
    // With a class that binds on first use the claim waits for the file server, which waits for the claim.
    const manifest = persistentVolumeClaim(args);
    const annotations = args.storageClass === undefined ? {} : { "pulumi.com/skipAwait": "true" };
    const claim = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-pvc`,
      { ...manifest, metadata: { ...manifest.metadata, annotations } },
      { ...child, dependsOn },
    );

    this.claim = claim.metadata.name;
    this.registerOutputs({ claim: claimName(args.name) });
  }
}

/** A namespace for the one Job that needs root; nothing else ever runs in it. */
function prepareFolder(name: string, args: CodeVolumeArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const namespace = new k8s.core.v1.Namespace(
    `${name}-setup`,
    {
      metadata: {
        name: `${args.namespace}-setup`,
        labels: { "pod-security.kubernetes.io/enforce": "privileged" },
      },
    },
    opts,
  );
  const job = prepareVolumeJob({ ...args, setupNamespace: `${args.namespace}-setup` });
  return new k8s.batch.v1.Job(`${name}-prepare`, job, { ...opts, dependsOn: namespace, deleteBeforeReplace: true });
}
