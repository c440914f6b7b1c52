import { hash } from "node:crypto";
import { platformLabels } from "./labels.ts";
import { userId } from "./security.ts";

/** What {@link prepareFoldersJob} is made from. */
export interface NodeFoldersSpec<Text> {
  readonly name: Text;
  readonly setupNamespace: string;
  /** Absolute paths on the node. */
  readonly folders: readonly string[];
  /** The node that has them; needed on clusters of several nodes. */
  readonly node?: string | undefined;
  readonly image: Text;
}

/**
 * The Job's name. Its pods cannot be changed, so another Job has another name: also where one is there that Pulumi does not know of.
 */
export function prepareFoldersName(made: Omit<NodeFoldersSpec<string>, "name">): string {
  const { spec } = prepareFoldersJob({ ...made, name: "" });
  return `prepare-folders-${hash("sha256", JSON.stringify(spec)).slice(0, 8)}`;
}

/**
 * A Job that gives hostPath folders to the user that knflow's pods run as: the kubelet makes such folders as root's, and
 * `fsGroup` does not apply to them. It runs as root with the one capability it needs, in a namespace of its own, since
 * the namespace of the functions admits no such pod.
 */
export function prepareFoldersJob<Text>({ name, setupNamespace, folders, node, image }: NodeFoldersSpec<Text>) {
  const volumes = folders.map((path, index) => ({
    name: `folder-${index}`,
    hostPath: { path, type: "DirectoryOrCreate" },
  }));
  const mounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  return {
    metadata: { name, namespace: setupNamespace, labels: platformLabels("node-folders") },
    spec: {
      backoffLimit: 3,
      template: {
        metadata: { labels: platformLabels("node-folders") },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          ...(node === undefined
            ? {}
            : { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onNode(node) } } }),
          containers: [
            {
              name: "prepare",
              image,
              command: ["chown", `${userId}:${userId}`, ...mounts.map(({ mountPath }) => mountPath)],
              securityContext: {
                runAsUser: 0,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"], add: ["CHOWN"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
              resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "200m", memory: "64Mi" } },
              volumeMounts: mounts,
            },
          ],
          volumes,
        },
      },
    },
  };
}

/** Node affinity's term for one node. */
export function onNode(node: string) {
  return {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] }],
  };
}
