import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { persistentVolume, persistentVolumeClaim, type VolumeSpec } from "../manifests/volume.ts";

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
  const dependsOn = [...before];
  if (spec.storageClass === undefined) {
    dependsOn.push(new k8s.core.v1.PersistentVolume(`${name}-pv`, persistentVolume(spec), opts));
  }
  // With a class that binds on first use the claim waits for a pod, which waits for the claim.
  const manifest = persistentVolumeClaim(spec);
  const annotations = spec.storageClass === undefined ? {} : { "pulumi.com/skipAwait": "true" };
  const claim = new k8s.core.v1.PersistentVolumeClaim(
    `${name}-pvc`,
    { ...manifest, metadata: { ...manifest.metadata, annotations } },
    { ...opts, dependsOn },
  );
  // Gone before the claim is, and after what uses it: see the command.
  const released = new command.local.Command(
    `${name}-release`,
    {
      delete: "node commands/release-claim.ts",
      environment: { ...clusterEnvironment, KNFLOW_NAMESPACE: spec.namespace, KNFLOW_CLAIM: manifest.metadata.name },
    },
    { ...opts, dependsOn: claim },
  );
  return pulumi.all([claim.metadata.name, released.id]).apply(([claimed]) => claimed);
}
