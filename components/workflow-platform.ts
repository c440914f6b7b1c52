import type * as pulumi from "@pulumi/pulumi";

/** What a workflow runs on; the same for all workflows of a stack. */
export interface WorkflowPlatform {
  readonly namespace: string;
  /** Where archives are downloaded from, ending in `/data/`. */
  readonly codeOrigin: string;
  /** Runtime images by language, and the executor's. */
  readonly images: Readonly<Record<"python" | "workflow", pulumi.Output<string>>>;
  /** The environment that names the cluster to programs that an update runs. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
  readonly logLevel: string;
  readonly readyTimeoutSeconds: number;
}

/** How long a Knative Service may take until Knative has decided whether it is ready. */
export function readyTimeout(platform: WorkflowPlatform): pulumi.CustomTimeouts {
  const timeout = `${platform.readyTimeoutSeconds}s`;
  return { create: timeout, update: timeout };
}
