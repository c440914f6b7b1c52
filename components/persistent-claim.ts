import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { persistentVolume, persistentVolumeClaim, type VolumeSpec } from "../manifests/volume.ts";

/**
 * A claim: on a folder of a node through a PersistentVolume of its own, or on whatever a StorageClass provides.
 *
 * @param before what has to be there before something uses it
 */
export function persistentClaim(
  name: string,
  spec: VolumeSpec,
  opts: pulumi.CustomResourceOptions,
  before: readonly pulumi.Resource[],
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
  return claim.metadata.name;
}
