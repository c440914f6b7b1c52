import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment } from "./components/cluster.ts";
import { CodeVolume } from "./components/code-volume.ts";
import { declared } from "./components/declared.ts";
import { FileServer } from "./components/file-server.ts";
import { functionDependencies } from "./components/function-dependencies.ts";
import { gatewayUrl } from "./components/gateway-address.ts";
import { KnativeServing } from "./components/knative-serving.ts";
import { Kourier } from "./components/kourier.ts";
import { NetworkPolicies } from "./components/network-policies.ts";
import { nodeFolders } from "./components/node-folders.ts";
import {
  knativeKinds,
  knativeServices,
  podKinds,
  removalGate,
  type RemovalGateArgs,
} from "./components/removal-gate.ts";
import { RunStore } from "./components/run-store.ts";
import { runtimeImages } from "./components/runtime-images.ts";
import type { StoredObjects } from "./components/stored-objects.ts";
import { Workflow } from "./components/workflow.ts";
import { namespaceManifest } from "./manifests/namespace.ts";
import { platformManifests } from "./manifests/platform.ts";
import type { Release } from "./release/release.ts";
import { releasedPackages, releasedWorkflows } from "./release/workflows.ts";
import type { Settings } from "./settings/index.ts";
import { readSecrets } from "./settings/secrets.ts";
import { readWorkflows } from "./source/workflow-source.ts";

/** What a stack is made of. */
export interface StackSource {
  readonly settings: Settings;
  /** What it runs instead of what is in the working tree. */
  readonly release: Release | undefined;
  /** The one through which every object is made. */
  readonly provider: k8s.Provider;
  /** What the code volume holds, once that is known. */
  readonly stored: Promise<StoredObjects>;
}

/**
 * Declares all resources of a stack.
 *
 * @returns the stack's outputs
 */
export async function deployStack({ settings, release, provider, stored: reading }: StackSource) {
  const { gateway, namespace, protect } = settings;
  const workflows = await (release
    ? releasedWorkflows(pulumi.getStack(), release, ".")
    : readWorkflows(settings.functions));
  const secrets = await readSecrets(
    workflows.flatMap((workflow) => workflow.functions.flatMap((fn) => fn.secrets)),
    settings,
  );
  const environment = clusterEnvironment(settings.cluster);

  const { telemetry } = settings;
  const manifests = settings.platform === "managed" ? await platformManifests(settings) : undefined;
  const images = await runtimeImages(
    settings.images,
    workflows.flatMap((workflow) => workflow.functions.map((fn) => fn.settings.runtime)),
  );
  const space = new k8s.core.v1.Namespace("namespace", namespaceManifest(namespace), { provider, protect });
  const gone = (
    name: string,
    what: Pick<RemovalGateArgs, "kinds" | "unrecorded" | "shared">,
    kept: pulumi.Resource[],
  ) => removalGate(name, { ...what, namespace, clusterEnvironment: environment }, { dependsOn: kept });
  const podsGone = gone("pods-gone", { kinds: podKinds }, [space]);
  if (settings.networkPolicies) {
    const { runStore } = settings;
    const own = runStore !== undefined && !("url" in runStore.server);
    const metricsNamespaces = telemetry.metrics?.namespaces ?? [];
    const policies = { ...settings.networkPolicies, namespace, metricsNamespaces, runStore: own };
    new NetworkPolicies("network-policies", policies, { provider, dependsOn: space });
  }
  const inNamespace = { provider, dependsOn: podsGone };
  const prepared =
    settings.nodeFolders &&
    nodeFolders("folders", { ...settings.nodeFolders, namespace, image: images.fileServer }, inNamespace);
  const volume = new CodeVolume(
    "code-volume",
    { ...settings.codeVolume, namespace, prepared, protect, clusterEnvironment: environment },
    inNamespace,
  );
  const fileServer = new FileServer(
    "file-server",
    { namespace, image: images.fileServer, claim: volume.claim, listing: settings.codeListing },
    inNamespace,
  );

  const runStore =
    settings.runStore &&
    new RunStore(
      "run-store",
      {
        ...settings.runStore,
        namespace,
        prepared,
        protect,
        keeperImage: images.workflow,
        logLevel: settings.logLevel,
        clusterEnvironment: environment,
      },
      inNamespace,
    );

  const stored = await reading;
  const specs = workflows.flatMap((workflow) => workflow.functions.flatMap((fn) => fn.dependencies ?? []));
  const dependencies = functionDependencies(
    specs,
    {
      ...settings.dependencies,
      namespace,
      volume: volume.claim,
      clusterEnvironment: environment,
      stored,
      released: release && releasedPackages(workflows, release),
    },
    { dependsOn: fileServer },
  );

  const { promise: knative, resolve: platformDeclared } = Promise.withResolvers<pulumi.Resource[]>();
  const workflowPlatform = {
    namespace,
    knative,
    codeOrigin: fileServer.origin,
    volume: volume.claim,
    stored,
    images,
    dependencies,
    clusterEnvironment: environment,
    runStore: runStore?.access,
    secrets,
    scale: settings.scale,
    workflowPage: settings.workflowPage,
    logLevel: settings.logLevel,
    telemetry,
    logPayloadBytes: settings.logPayloadBytes,
    reload: settings.reload,
    readyTimeoutSeconds: settings.readyTimeoutSeconds,
  };
  const workflowOptions = { provider, dependsOn: [fileServer, ...dependencies.values()] };
  const deployed = workflows.map(
    (source) =>
      [source.name, new Workflow(source.name, { source, platform: workflowPlatform }, workflowOptions)] as const,
  );
  // Where a file server is there, functions' code is on its way before the engine is busy with the many objects of the platform. These
  // wait for what code waits for: a changed file server, packages that are installed.
  if (stored.known) await declared(deployed.flatMap(([, { archives }]) => archives));
  const platform: pulumi.Resource[] = [];
  if (manifests !== undefined) {
    const serving = new KnativeServing("knative-serving", manifests, { provider });
    platform.push(serving, new Kourier("kourier", manifests, { provider, dependsOn: serving }));
  }
  const shared = manifests === undefined ? undefined : knativeServices;
  platformDeclared([
    gone("services-gone", { kinds: knativeKinds, unrecorded: knativeServices, shared }, [...platform, space]),
  ]);

  const address = gatewayUrl(
    "gateway-address",
    { ...gateway, clusterEnvironment: environment, readyTimeoutSeconds: settings.readyTimeoutSeconds },
    { dependsOn: platform },
  );
  const outputs = Object.fromEntries(deployed.map(([name, workflow]) => [name, workflow.outputs]));
  return { gatewayUrl: address, namespace, workflows: outputs };
}
