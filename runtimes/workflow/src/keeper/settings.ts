/** Everything that the environment says. */
export interface KeeperSettings {
  readonly storeUrl: string;
  /** A workflow's address, with `{name}` for its name. */
  readonly workflowAddress: string;
  /** Days that a run is kept after its end. */
  readonly retentionDays: number;
  /** Seconds after which an executor that says nothing is lost; the same as the executors'. */
  readonly leaseSeconds: number;
  readonly host: string;
  readonly port: number;
}

export function readKeeperSettings(
  env: Readonly<Record<string, string | undefined>>,
): KeeperSettings | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const storeUrl = env.KNFLOW_STORE_URL ?? "";
  if (!URL.canParse(storeUrl)) problems.push("KNFLOW_STORE_URL must be the run store's address");
  const workflowAddress = env.KNFLOW_WORKFLOW_ADDRESS ?? "";
  if (!workflowAddress.includes("{name}") || !URL.canParse(workflowAddress.replace("{name}", "name"))) {
    problems.push(`KNFLOW_WORKFLOW_ADDRESS is '${workflowAddress}'; it must be an address with {name} in it`);
  }
  const retentionDays = Number(env.KNFLOW_RUN_RETENTION_DAYS || 7);
  if (!(retentionDays > 0)) problems.push("KNFLOW_RUN_RETENTION_DAYS must be a number above 0");
  const leaseSeconds = Number(env.KNFLOW_RUN_LEASE_SECONDS || 15);
  if (!(leaseSeconds > 0)) problems.push("KNFLOW_RUN_LEASE_SECONDS must be a number above 0");
  const port = Number(env.PORT || 9000);
  if (problems.length > 0) return { problems };
  return { storeUrl, workflowAddress, retentionDays, leaseSeconds, host: env.KNFLOW_HOST || "0.0.0.0", port };
}
