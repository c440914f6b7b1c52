import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link removalGate}. */
export interface RemovalGateArgs {
  readonly namespace: string;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
}

/**
 * Keeps what it depends on from being removed before Knative and Kourier have cleaned up behind the services that depend
 * on it: without them, nobody would release what they hold, and the namespace could never go.
 */
export function removalGate(name: string, args: RemovalGateArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new command.local.Command(
    name,
    {
      delete: "node commands/await-removal.ts",
      environment: { ...args.clusterEnvironment, KNFLOW_NAMESPACE: args.namespace },
    },
    opts,
  );
}
