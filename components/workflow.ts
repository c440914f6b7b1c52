import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { knativeService } from "../manifests/knative-service.ts";
import { functionServiceName } from "../source/names.ts";
import { functionYaml } from "../source/function-yaml.ts";
import type { WorkflowSource } from "../source/workflow-source.ts";
import { CodeArchive } from "./code-archive.ts";
import { KnativeService } from "./knative-service.ts";
import { WorkflowFunction } from "./workflow-function.ts";
import { readyTimeout, type WorkflowPlatform } from "./workflow-platform.ts";

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
 * A whole workflow: one Knative Service a function, one for the workflow itself, and a gate that fails the update, with
 * the reason, when one of them did not become ready.
 */
export class Workflow extends pulumi.ComponentResource {
  readonly outputs: pulumi.Output<WorkflowOutputs>;

  constructor(name: string, args: WorkflowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("knflow:workflow:Workflow", name, {}, opts);
    const { source, platform } = args;

    const functions = source.functions.map((fn) => ({
      source: fn,
      resource: new WorkflowFunction(
        `${name}-${fn.name}`,
        { workflow: source.name, source: fn, platform },
        { parent: this },
      ),
    }));
    const executor = this.#executor(name, args);
    const gate = this.#gate(name, args, [executor, ...functions.map((fn) => fn.resource.service)]);

    const outputs = pulumi.output({
      url: executor.url,
      host: executor.host,
      digest: source.archive.sha256,
      functions: Object.fromEntries(functions.map(({ source: fn, resource }) => [fn.name, resource.outputs])),
    });
    // Through the gate, so that a workflow that is not ready has no outputs to be called by.
    this.outputs = pulumi.all([outputs, gate.stdout]).apply(([settled]) => settled);
    this.registerOutputs({ url: executor.url, digest: source.archive.sha256 });
  }

  /** The Knative Service that runs the definition. */
  #executor(name: string, { source, platform }: WorkflowArgs): KnativeService {
    const archive = new CodeArchive(
      `${name}-definition`,
      { archive: source.archive, namespace: platform.namespace, clusterEnvironment: platform.clusterEnvironment },
      { parent: this },
    );
    const addresses = Object.fromEntries(
      source.functions.map((fn) => [
        fn.name,
        `http://${functionServiceName(source.name, fn.name)}.${platform.namespace}.svc.cluster.local`,
      ]),
    );
    const manifest = platform.images.workflow.apply((image) =>
      knativeService({
        name: source.name,
        namespace: platform.namespace,
        workflow: source.name,
        image,
        archive: source.archive,
        codeOrigin: platform.codeOrigin,
        settings: executorSettings,
        logLevel: platform.logLevel,
        runtimeEnv: { KNFLOW_FUNCTIONS: JSON.stringify(addresses) },
      }),
    );
    return new KnativeService(
      `${name}-service`,
      { metadata: manifest.metadata, spec: manifest.spec },
      { parent: this, dependsOn: archive, customTimeouts: readyTimeout(platform) },
    );
  }

  /** Fails the update with the reason where a service is not ready; runs whenever one of them changed. */
  #gate(name: string, { platform }: WorkflowArgs, services: KnativeService[]): command.local.Command {
    const generations = pulumi
      .all(services.map((service) => service.metadata))
      .apply((all) => JSON.stringify(Object.fromEntries(all.map((one) => [one.name, one.generation]))));
    return new command.local.Command(
      `${name}-ready`,
      {
        create: "node commands/verify-ready.ts",
        environment: {
          ...platform.clusterEnvironment,
          KNFLOW_NAMESPACE: platform.namespace,
          KNFLOW_SERVICES: generations,
          KNFLOW_READY_TIMEOUT_SECONDS: String(platform.readyTimeoutSeconds),
        },
      },
      { parent: this, dependsOn: services },
    );
  }
}
