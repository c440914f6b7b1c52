import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { stackCommand } from "./stack-command.ts";

/** Arguments of {@link removalGate}. */
export interface RemovalGateArgs {
  /** What has to be gone: a resource type of kubectl, or several. */
  readonly kinds: string;
  readonly namespace: string;
  /**
   * A resource type of which what is left is removed: what the stack knows of is gone by then, and what a killed update made
   * without writing it down would stay for ever.
   */
  readonly unrecorded?: string | undefined;
  /** What must not be there in any other namespace either: a removal that would go on fails, and says where it is. */
  readonly shared?: string | undefined;
  /** The environment that names the cluster. */
  readonly clusterEnvironment: Readonly<Record<string, string>>;
}

/**
 * Keeps what it depends on until objects are gone that are removed behind the back of what depends on it.
 */
export function removalGate(name: string, args: RemovalGateArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new command.local.Command(
    name,
    {
      delete: stackCommand("await-removal"),
      environment: {
        ...args.clusterEnvironment,
        KNFLOW_NAMESPACE: args.namespace,
        KNFLOW_KINDS: args.kinds,
        ...(args.unrecorded === undefined ? {} : { KNFLOW_UNRECORDED_KIND: args.unrecorded }),
        ...(args.shared === undefined ? {} : { KNFLOW_SHARED_KIND: args.shared }),
      },
    },
    opts,
  );
}

/** Knative Services, of whoever. */
export const knativeServices = "services.serving.knative.dev";

/**
 * What Knative and Kourier take apart behind a Knative Service that was deleted. Without these two, nobody would release it,
 * and its namespace could never go.
 */
export const knativeKinds = `${knativeServices},routes.serving.knative.dev,ingresses.networking.internal.knative.dev`;

/**
 * Pods that end. Kubernetes looks at a namespace that is to go after half of the longest time that a pod in it may take to
 * end, which is five minutes where it finds an executor.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/namespace/namespace_controller.go
 */
export const podKinds = "pods";
