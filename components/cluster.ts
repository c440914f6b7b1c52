import * as k8s from "@pulumi/kubernetes";
import type { ClusterAccess } from "../settings/cluster.ts";

/**
 * The provider through which every object of a stack is made: one explicit cluster, whatever the shell's current
 * context is.
 */
export function clusterProvider(cluster: ClusterAccess): k8s.Provider {
  return new k8s.Provider("cluster", {
    context: cluster.context,
    ...(cluster.kubeconfig === undefined ? {} : { kubeconfig: cluster.kubeconfig }),
    // A changed ConfigMap is updated, not replaced: a replacement would drop keys that others own.
    enableConfigMapMutable: true,
  });
}

/**
 * The environment by which programs that an update runs (see `commands/`) find the same cluster. It names no path of
 * this machine unless the settings do, so that state does not depend on where an update runs.
 */
export function clusterEnvironment(cluster: ClusterAccess): Record<string, string> {
  if (cluster.embedded) return { KNFLOW_EMBEDDED: cluster.embedded.name };
  return {
    KNFLOW_CONTEXT: cluster.context,
    ...(cluster.kubeconfig === undefined ? {} : { KNFLOW_KUBECONFIG: cluster.kubeconfig }),
  };
}
