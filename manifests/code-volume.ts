import { platformLabels } from "./labels.ts";
import { userId } from "./security.ts";

/** What the code volume is made from. */
export interface CodeVolumeSpec {
  /** Name of the PersistentVolume; the claim is named `<name>-claim`. */
  readonly name: string;
  readonly namespace: string;
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
export function persistentVolume(spec: CodeVolumeSpec) {
  return {
    metadata: { name: spec.name, labels: platformLabels("code-volume") },
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

/** The claim that the file server mounts. */
export function persistentVolumeClaim(spec: CodeVolumeSpec) {
  const source =
    spec.storageClass === undefined
      ? { storageClassName: "", volumeName: spec.name }
      : { storageClassName: spec.storageClass };
  return {
    metadata: { name: claimName(spec.name), namespace: spec.namespace, labels: platformLabels("code-volume") },
    spec: {
      accessModes: ["ReadWriteOnce"],
      volumeMode: "Filesystem",
      resources: { requests: { storage: spec.request } },
      ...source,
    },
  };
}

/**
 * A Job that gives a hostPath folder to the file server's user: the kubelet makes such a folder as root's, and `fsGroup`
 * does not apply to it. It runs as root with the one capability it needs, in a namespace of its own, since the
 * namespace of the functions admits no such pod.
 */
export function prepareVolumeJob<Text>(spec: CodeVolumeSpec & { image: Text; setupNamespace: string }) {
  return {
    metadata: { name: `${spec.name}-prepare`, namespace: spec.setupNamespace, labels: platformLabels("code-volume") },
    spec: {
      backoffLimit: 3,
      template: {
        metadata: { labels: platformLabels("code-volume") },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          ...(spec.node === undefined
            ? {}
            : { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onNode(spec.node) } } }),
          containers: [
            {
              name: "prepare",
              image: spec.image,
              command: ["chown", `${userId}:${userId}`, "/volume"],
              securityContext: {
                runAsUser: 0,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"], add: ["CHOWN"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
              volumeMounts: [{ name: "volume", mountPath: "/volume" }],
            },
          ],
          volumes: [{ name: "volume", hostPath: { path: spec.hostPath, type: "DirectoryOrCreate" } }],
        },
      },
    },
  };
}

function onNode(node: string) {
  return {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] }],
  };
}
