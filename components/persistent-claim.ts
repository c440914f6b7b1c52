import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { notWaitedFor } from "../manifests/labels.ts";
import { persistentVolume, persistentVolumeClaim, type VolumeSpec } from "../manifests/volume.ts";
import { stackCommand } from "./stack-command.ts";

/**
 * A claim: on a folder of a node through a PersistentVolume of its own, or on whatever a StorageClass provides.
 *
 * @param before what has to be there before something uses it
 * @returns its name, for what uses it
 */
export function persistentClaim(
  name: string,
  spec: VolumeSpec,
  opts: pulumi.CustomResourceOptions,
  before: readonly pulumi.Resource[],
  clusterEnvironment: Readonly<Record<string, string>>,
): pulumi.Output<string> {
  const manifest = persistentVolumeClaim(spec);
  /** Has the claim gone, and what uses it, before something goes that waits for that: see the command. */
  const release = (suffix: string, dependsOn: pulumi.Resource) =>
    new command.local.Command(
      `${name}-${suffix}`,
      {
        delete: stackCommand("release-claim"),
        environment: { ...clusterEnvironment, KNFLOW_NAMESPACE: spec.namespace, KNFLOW_CLAIM: manifest.metadata.name },
      },
      { ...opts, dependsOn },
    );
  const dependsOn = [...before];
  if (spec.storageClass === undefined) {
    const volume = new k8s.core.v1.PersistentVolume(`${name}-pv`, persistentVolume(spec), opts);
    dependsOn.push(volume, release("pv-release", volume));
  }
  // With a class that binds on first use the claim waits for a pod, which waits for the claim.
  const annotations = spec.storageClass === undefined ? {} : notWaitedFor;
  const claim = new k8s.core.v1.PersistentVolumeClaim(
    `${name}-pvc`,
    { ...manifest, metadata: { ...manifest.metadata, annotations } },
    { ...opts, dependsOn },
  );
  return pulumi.all([claim.metadata.name, release("pvc-release", claim).id]).apply(([claimed]) => claimed);
}
