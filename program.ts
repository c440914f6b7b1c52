import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment } from "./components/cluster.ts";
import { CodeVolume } from "./components/code-volume.ts";
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
import { withMirror } from "./manifests/mirror.ts";
import { readRelease } from "./manifests/release-files.ts";
import type { KubernetesObject } from "./manifests/release.ts";
import { withCpuRequest } from "./manifests/release-deployments.ts";
import { gatewayTracing, knativeTracing } from "./manifests/telemetry.ts";
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
  const platform: pulumi.Resource[] = [];
  if (settings.platform === "managed") {
    const release = await readRelease(settings.release);
    const { mirror, cpuRequest } = settings.release;
    const adapted = (objects: KubernetesObject[]) => withCpuRequest(withMirror(objects, mirror), cpuRequest);
    const serving = new KnativeServing(
      "knative-serving",
      {
        crds: release.crds,
        core: adapted(release.core),
        domain: gateway.domain,
        registriesSkippingTagResolving: registryHosts(settings.images.registry),
        tracing: knativeTracing(telemetry),
        requestMetrics: telemetry.metrics !== undefined,
      },
      { provider },
    );
    const kourier = new Kourier(
      "kourier",
      {
        objects: adapted(release.kourier),
        gatewayType: gateway.type,
        externalIp: gateway.externalIp,
        tracing: gatewayTracing(telemetry),
      },
      { provider, dependsOn: serving },
    );
    platform.push(serving, kourier);
  }

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
  const shared = settings.platform === "managed" ? knativeServices : undefined;
  const servicesGone = gone("services-gone", { kinds: knativeKinds, unrecorded: knativeServices, shared }, [
    ...platform,
    space,
  ]);
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

  const workflowPlatform = {
    namespace,
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
  const deployed = workflows.map(
    (source) =>
      [
        source.name,
        new Workflow(
          source.name,
          { source, platform: workflowPlatform },
          { provider, dependsOn: [servicesGone, fileServer, ...dependencies.values()] },
        ).outputs,
      ] as const,
  );

  const address = gatewayUrl(
    "gateway-address",
    { ...gateway, clusterEnvironment: environment, readyTimeoutSeconds: settings.readyTimeoutSeconds },
    { dependsOn: platform },
  );
  return { gatewayUrl: address, namespace, workflows: Object.fromEntries(deployed) };
}

/** The registry's host, whose tags Knative leaves alone: images are named by digest already. */
function registryHosts(registry: string | undefined): string[] {
  return registry === undefined ? [] : [registry.split("/")[0] ?? registry];
}
