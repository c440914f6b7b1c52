import * as pulumi from "@pulumi/pulumi";
import { clusterAddress } from "../manifests/addresses.ts";
import { knativeService } from "../manifests/knative-service.ts";
import { storeVariable } from "../manifests/run-store.ts";
import { functionYaml } from "../source/function-yaml.ts";
import { functionServiceName } from "../source/names.ts";
import type { WorkflowSource } from "../source/workflow-source.ts";
import type { CodeArchive } from "./code-archive.ts";
import { deployService, type DeployedService } from "./deployed-service.ts";
import { WorkflowFunction } from "./workflow-function.ts";
import type { WorkflowPlatform } from "./workflow-platform.ts";

/** Arguments of {@link Workflow}. */
export interface WorkflowArgs {
  readonly source: WorkflowSource;
  readonly platform: WorkflowPlatform;
}

/** One service in a stack's outputs. */
interface ServiceOutputs {
  readonly url: string;
  /** The value of the Host header by which the gateway finds the service. */
  readonly host: string;
  /** sha256 of the code or definition that runs. */
  readonly digest: string;
}

/** A workflow in a stack's outputs. */
export interface WorkflowOutputs extends ServiceOutputs {
  readonly functions: Readonly<Record<string, ServiceOutputs & { readonly revision: string; readonly image: string }>>;
}

/** The executor waits for its functions, so it may take as long as Knative lets a request take. */
const executorSettings = functionYaml.parse({ runtime: "python", timeoutSeconds: 600 });

/**
 * A whole workflow: one Knative Service a function, then one for the workflow itself, so that a definition goes live
 * only when all that it calls is ready.
 */
export class Workflow extends pulumi.ComponentResource {
  /** The code of its functions. */
  readonly archives: readonly CodeArchive[];
  /** What the stack's outputs say of it. */
  readonly outputs: pulumi.Output<WorkflowOutputs>;

  constructor(name: string, args: WorkflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:workflow:Workflow", name, {}, opts);
    const { source, platform } = args;

    const functions = source.functions.map(
      (fn) =>
        [
          fn.name,
          new WorkflowFunction(`${name}-${fn.name}`, { workflow: source.name, source: fn, platform }, { parent: this }),
        ] as const,
    );
    const executor = this.#executor(
      name,
      args,
      functions.map(([, fn]) => fn),
    );

    this.archives = functions.map(([, fn]) => fn.archive);
    this.outputs = pulumi.output({
      url: executor.url,
      host: executor.host,
      // Through the Revision, so that a workflow that is not ready has no outputs to be called by.
      digest: executor.revision.apply(() => executor.digest),
      functions: Object.fromEntries(functions.map(([fn, { outputs }]) => [fn, outputs])),
    });
    this.registerOutputs({ url: executor.url, digest: executor.digest });
  }

  /** The Knative Service that runs the definition. */
  #executor(name: string, { source, platform }: WorkflowArgs, functions: pulumi.Resource[]): DeployedService {
    const addresses = Object.fromEntries(
      source.functions.map((fn) => [
        fn.name,
        clusterAddress(functionServiceName(source.name, fn.name), platform.namespace),
      ]),
    );
    const store = platform.runStore;
    const manifest = (missed: pulumi.Output<string | undefined>) =>
      pulumi.all([platform.images.workflow, store?.version, missed]).apply(([image, version, missed]) =>
        knativeService({
          name: source.name,
          namespace: platform.namespace,
          workflow: source.name,
          image,
          archive: source.archive,
          missed,
          codeOrigin: platform.codeOrigin,
          settings: executorSettings,
          scale: platform.scale,
          logLevel: platform.logLevel,
          telemetry: platform.telemetry,
          runtimeEnv: {
            KNFLOW_FUNCTIONS: JSON.stringify(addresses),
            KNFLOW_WORKFLOW_PAGE: String(platform.workflowPage),
          },
          secrets: version === undefined ? undefined : { variables: [storeVariable()], version },
        }),
      );
    const dependsOn = store === undefined ? functions : [...functions, store.secret];
    const { name: service, archive } = source;
    return deployService(name, { service, archive, manifest, platform }, { parent: this, dependsOn }).service;
  }
}
