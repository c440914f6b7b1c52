/** The name of the archive that holds a workflow's definition, beside those of its functions. */
export const workflowArchiveName = "workflow";

/** The name of an archive on the code volume. */
export function objectName(workflow: string, name: string, digest: string): string {
  return `${workflow}/${name}-${digest}.zip`;
}
