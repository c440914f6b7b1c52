/** Labels and annotations that knflow puts on what it makes. */
export const labels = {
  managedBy: "app.kubernetes.io/managed-by",
  name: "app.kubernetes.io/name",
  workflow: "knflow.dev/workflow",
  function: "knflow.dev/function",
} as const;

/** The annotation of a Revision that holds the sha256 of its archive. */
export const digestAnnotation = "knflow.dev/code-sha256";

/**
 * The annotation of a Revision that holds when its archive was last found to be missing on the code volume, just before it
 * was pushed. Pods that started meanwhile failed, and are started again ever more seldom: another Revision begins anew.
 */
export const missedAnnotation = "knflow.dev/code-missed";

/** The annotation of pods that changes with the Secrets that they read, so that they are made anew. */
export const secretVersionAnnotation = "knflow.dev/secret-version";

/** The labels of an object of the platform, such as the file server. */
export function platformLabels(name: string): Record<string, string> {
  return { [labels.managedBy]: "knflow", [labels.name]: name };
}

/** The labels of an object of a workflow; of the workflow itself where no function is given. */
export function workflowLabels(workflow: string, fn?: string): Record<string, string> {
  return {
    [labels.managedBy]: "knflow",
    [labels.workflow]: workflow,
    ...(fn === undefined ? {} : { [labels.function]: fn }),
  };
}

/**
 * The annotation of an object whose removal does not wait for the pods that belong to it.
 */
export const removedInBackground = { "pulumi.com/deletionPropagationPolicy": "background" };

/**
 * The annotation of an object that Pulumi does not wait for. For a Service it would wait until its endpoints have not changed for ten
 * seconds; it has them once its Deployment is available, which is waited for.
 * https://github.com/pulumi/pulumi-kubernetes/blob/v4.25.0/provider/pkg/await/service.go
 */
export const notWaitedFor = { "pulumi.com/skipAwait": "true" };
