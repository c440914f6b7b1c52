/**
 * Names that end in Kubernetes. A Knative Service is `<workflow>` or `<workflow>-<function>`; Knative appends `-00001` to
 * it for each Revision, and the result has to be a DNS label of at most 63 characters.
 */
export const maximalServiceName = 57;

const label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Why a folder's name cannot name a workflow or a function, or undefined where it can. */
export function nameProblem(name: string): string | undefined {
  if (label.test(name)) return undefined;
  return `${JSON.stringify(name)} is no valid name: lower-case letters, digits and "-", beginning with a letter and not ending in "-"`;
}

/**
 * The Knative Service of a function.
 *
 * @example functionServiceName("wordcount", "count") === "wordcount-count"
 */
export function functionServiceName(workflow: string, functionName: string): string {
  return `${workflow}-${functionName}`;
}
