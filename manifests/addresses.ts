import { functionServiceName } from "../source/names.ts";

/** The address of a Knative Service inside the cluster. */
export function clusterAddress(service: string, namespace: string): string {
  return `http://${service}.${namespace}.svc.cluster.local`;
}

/**
 * The environment by which a function's code calls others by their names. It says how an address is made and names none, so
 * that a further function changes no Revision of those that are there.
 */
export function callEnvironment(workflow: string, namespace: string): Readonly<Record<string, string>> {
  return {
    KNFLOW_FUNCTION_ADDRESS: clusterAddress(functionServiceName(workflow, "{name}"), namespace),
    KNFLOW_WORKFLOW_ADDRESS: clusterAddress("{name}", namespace),
  };
}
