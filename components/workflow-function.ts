import * as pulumi from "@pulumi/pulumi";
import { callEnvironment } from "../manifests/addresses.ts";
import { knativeService } from "../manifests/knative-service.ts";
import { telemetrySecrets } from "../manifests/telemetry.ts";
import { functionServiceName } from "../source/names.ts";
import { secretEnvironment } from "../source/secrets.ts";
import type { FunctionSource } from "../source/workflow-source.ts";
import type { CodeArchive } from "./code-archive.ts";
import { functionSecrets } from "./function-secrets.ts";
import { deployService, type DeployedService } from "./deployed-service.ts";
import type { WorkflowPlatform } from "./workflow-platform.ts";

/** Arguments of {@link WorkflowFunction}. */
export interface WorkflowFunctionArgs {
  readonly workflow: string;
  readonly source: FunctionSource;
  readonly platform: WorkflowPlatform;
}

/** A function of a workflow: its archive on the code volume, and the Knative Service that runs it. */
export class WorkflowFunction extends pulumi.ComponentResource {
  /** Its code. */
  readonly archive: CodeArchive;
  /** What the stack's outputs say of the function. */
  readonly outputs: DeployedService & { readonly image: pulumi.Output<string> };

  constructor(name: string, args: WorkflowFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:workflow:WorkflowFunction", name, {}, opts);
    const { source, platform, workflow } = args;
    const service = functionServiceName(workflow, source.name);
    const image = platform.images[source.settings.runtime];
    if (image === undefined) throw new Error(`there is no image for ${source.settings.runtime}`);
    const packages = source.dependencies && platform.dependencies.get(source.dependencies.lockSha256);
    const secrets =
      source.secrets.length === 0
        ? undefined
        : functionSecrets(
            `${name}-secrets`,
            {
              namespace: platform.namespace,
              workflow,
              function: source.name,
              secrets: source.secrets,
              sources: platform.secrets,
            },
            { parent: this },
          );
    const headers = telemetrySecrets(platform.telemetry).map(({ name }) => ({ variable: name }));
    const manifest = (missed: pulumi.Output<string | undefined>) =>
      pulumi
        .all([image, packages?.object, secrets, missed, packages?.missed])
        .apply(([image, dependencies, secrets, ...missed]) =>
          knativeService({
            name: service,
            namespace: platform.namespace,
            workflow,
            function: source.name,
            image,
            archive: source.archive,
            missed: missed
              .filter((time) => time !== undefined)
              .sort()
              .at(-1),
            dependencies,
            codeOrigin: platform.codeOrigin,
            settings: source.settings,
            scale: platform.scale,
            logLevel: platform.logLevel,
            telemetry: platform.telemetry,
            runtimeEnv: {
              KNFLOW_HANDLER: source.settings.handler,
              KNFLOW_LOG_PAYLOAD_BYTES: String(platform.logPayloadBytes),
              ...callEnvironment(workflow, platform.namespace),
              ...secretEnvironment([...source.secrets, ...headers]),
            },
            secrets,
          }),
        );
    const deployed = deployService(name, { service, archive: source.archive, manifest, platform }, { parent: this });
    this.archive = deployed.archive;
    this.outputs = { ...deployed.service, image };
    this.registerOutputs(this.outputs);
  }
}
