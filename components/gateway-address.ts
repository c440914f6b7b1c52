import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { stackCommand } from "./stack-command.ts";

/** Arguments of {@link gatewayUrl}. */
export interface GatewayUrlArgs {
  /** The address by the settings; undefined where a load balancer gives one. */
  readonly url: string | undefined;
  readonly clusterEnvironment: Readonly<Record<string, string>>;
  readonly readyTimeoutSeconds: number;
}

/** Where requests are sent: as the settings say, or what the cluster's load balancer gave to the gateway. */
export function gatewayUrl(
  name: string,
  { url, clusterEnvironment, readyTimeoutSeconds }: GatewayUrlArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (url !== undefined) return pulumi.output(url);
  const told = new command.local.Command(
    name,
    {
      create: stackCommand("gateway-address"),
      environment: { ...clusterEnvironment, KNFLOW_READY_TIMEOUT_SECONDS: String(readyTimeoutSeconds) },
    },
    opts,
  );
  return told.stdout;
}
