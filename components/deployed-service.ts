import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { CodeObject } from "../archive/code-object.ts";
import { CodeArchive } from "./code-archive.ts";
import { KnativeService, type KnativeServiceArgs } from "./knative-service.ts";
import { stackCommand } from "./stack-command.ts";
import type { WorkflowPlatform } from "./workflow-platform.ts";

/** What {@link deployService} makes a service of. */
export interface DeployedServiceArgs {
  /** The Knative Service's name. */
  readonly service: string;
  readonly archive: CodeObject;
  /** The Service's manifest, by when its archive was last missed on the volume. */
  readonly manifest: (missed: pulumi.Output<string | undefined>) => pulumi.Output<KnativeServiceArgs>;
  readonly platform: WorkflowPlatform;
}

/** A service that was deployed, in the words of a stack's outputs. */
export interface DeployedService {
  readonly url: pulumi.Output<string>;
  /** The value of the Host header by which the gateway finds the service. */
  readonly host: pulumi.Output<string>;
  /** sha256 of the archive that runs. */
  readonly digest: string;
  /** The Revision that serves it; known once that is ready. */
  readonly revision: pulumi.Output<string>;
}

/**
 * Code and the Knative Service that runs it: the archive is pushed, then the Service made, then a command waits until its
 * newest Revision is ready. The command fails the update with the function's own message where it does not become so.
 */
export function deployService(
  name: string,
  { service: serviceName, archive, manifest, platform }: DeployedServiceArgs,
  opts: pulumi.CustomResourceOptions,
): { readonly service: DeployedService; readonly archive: CodeArchive } {
  const pushed = new CodeArchive(
    `${name}-archive`,
    {
      archive,
      namespace: platform.namespace,
      volume: platform.volume,
      clusterEnvironment: platform.clusterEnvironment,
      reloaded: platform.reload ? serviceName : undefined,
      stored: platform.stored,
    },
    opts,
  );
  const { metadata, spec } = manifest(pushed.missed);
  const dependsOn = platform.knative.then((knative) => [pushed, ...knative]);
  const service = new KnativeService(`${name}-service`, { metadata, spec }, { ...opts, dependsOn });
  const ready = new command.local.Command(
    `${name}-ready`,
    {
      create: stackCommand("verify-ready"),
      environment: {
        ...platform.clusterEnvironment,
        KNFLOW_NAMESPACE: platform.namespace,
        KNFLOW_SERVICE: service.metadata.name,
        // What makes the command run again: the Service's specification changed.
        KNFLOW_GENERATION: service.metadata.apply(({ generation }) => String(generation)),
        // Or it is another Service of the same name.
        KNFLOW_UID: service.metadata.apply(({ uid }) => String(uid)),
        KNFLOW_READY_TIMEOUT_SECONDS: String(platform.readyTimeoutSeconds),
        ...(platform.reload && { KNFLOW_RELOADED_OBJECT: archive.object, KNFLOW_RELOADED_SHA256: archive.sha256 }),
      },
    },
    { ...opts, dependsOn: service },
  );
  const deployed = { url: service.url, host: service.host, digest: archive.sha256, revision: ready.stdout };
  return { service: deployed, archive: pushed };
}
