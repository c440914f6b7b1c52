import { workflowLabels } from "./labels.ts";

/** The Kubernetes Secret of a function, without its values; `knflow gc` finds it by its labels. */
export function functionSecret(namespace: string, workflow: string, fn: string) {
  return { metadata: { namespace, labels: workflowLabels(workflow, fn) }, immutable: true };
}
