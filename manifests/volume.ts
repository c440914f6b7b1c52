import { platformLabels } from "./labels.ts";
import { onNode } from "./node-folders.ts";

/** What a volume is made from. */
export interface VolumeSpec {
  /** Name of the PersistentVolume; the claim is named `<name>-claim`. */
  readonly name: string;
  readonly namespace: string;
  /** What it is for, such as `code-volume`: its label. */
  readonly purpose: string;
  /** Size of the PersistentVolume, such as "1Gi". */
  readonly capacity: string;
  /** Size that the claim asks for, such as "512Mi". */
  readonly request: string;
  /** The folder on the node; used where no StorageClass is chosen. */
  readonly hostPath: string;
  /** The node that has the folder; needed on clusters of several nodes. */
  readonly node?: string | undefined;
  /** A StorageClass that provides the volume, instead of a folder on a node. */
  readonly storageClass?: string | undefined;
}

export function claimName(volume: string): string {
  return `${volume}-claim`;
}

/** The PersistentVolume on a node's folder. */
export function persistentVolume(spec: VolumeSpec) {
  return {
    metadata: { name: spec.name, labels: platformLabels(spec.purpose) },
    spec: {
      capacity: { storage: spec.capacity },
      volumeMode: "Filesystem",
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      // The empty class keeps a default StorageClass from taking the claim elsewhere.
      storageClassName: "",
      hostPath: { path: spec.hostPath, type: "DirectoryOrCreate" },
      // Bound from both sides, so that no other claim can take the volume.
      claimRef: { name: claimName(spec.name), namespace: spec.namespace },
      ...(spec.node === undefined ? {} : { nodeAffinity: { required: onNode(spec.node) } }),
    },
  };
}

/** The claim that a pod mounts. */
export function persistentVolumeClaim(spec: VolumeSpec) {
  const source =
    spec.storageClass === undefined
      ? { storageClassName: "", volumeName: spec.name }
      : { storageClassName: spec.storageClass };
  return {
    metadata: { name: claimName(spec.name), namespace: spec.namespace, labels: platformLabels(spec.purpose) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      volumeMode: "Filesystem",
      resources: { requests: { storage: spec.request } },
      ...source,
    },
  };
}
