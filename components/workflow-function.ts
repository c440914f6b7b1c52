import * as pulumi from "@pulumi/pulumi";
import { knativeService } from "../manifests/knative-service.ts";
import { functionServiceName } from "../source/names.ts";
import type { FunctionSource } from "../source/workflow-source.ts";
import { CodeArchive } from "./code-archive.ts";
import { KnativeService } from "./knative-service.ts";
import { readyTimeout, type WorkflowPlatform } from "./workflow-platform.ts";

/** Arguments of {@link WorkflowFunction}. */
export interface WorkflowFunctionArgs {
  readonly workflow: string;
  readonly source: FunctionSource;
  readonly platform: WorkflowPlatform;
}

/** A function of a workflow: its archive on the code volume, and the Knative Service that runs it. */
export class WorkflowFunction extends pulumi.ComponentResource {
  readonly service: KnativeService;
  /** What the stack's outputs say of the function. */
  readonly outputs: {
    readonly url: pulumi.Output<string>;
    readonly host: pulumi.Output<string>;
    readonly digest: string;
    readonly revision: pulumi.Output<string>;
    readonly image: pulumi.Output<string>;
  };

  constructor(name: string, args: WorkflowFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:workflow:WorkflowFunction", name, {}, opts);
    const { source, platform, workflow } = args;

    const archive = new CodeArchive(
      `${name}-archive`,
      { archive: source.archive, namespace: platform.namespace, clusterEnvironment: platform.clusterEnvironment },
      { parent: this },
    );

    const manifest = platform.images[source.settings.runtime].apply((image) =>
      knativeService({
        name: functionServiceName(workflow, source.name),
        namespace: platform.namespace,
        workflow,
        function: source.name,
        image,
        archive: source.archive,
        codeOrigin: platform.codeOrigin,
        settings: source.settings,
        logLevel: platform.logLevel,
        runtimeEnv: { KNFLOW_HANDLER: source.settings.handler },
      }),
    );
    this.service = new KnativeService(
      `${name}-service`,
      { metadata: manifest.metadata, spec: manifest.spec },
      { parent: this, dependsOn: archive, customTimeouts: readyTimeout(platform) },
    );

    this.outputs = {
      url: this.service.url,
      host: this.service.host,
      digest: source.archive.sha256,
      revision: this.service.revision,
      image: platform.images[source.settings.runtime],
    };
    this.registerOutputs(this.outputs);
  }
}
