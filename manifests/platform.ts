import type { Settings } from "../settings/index.ts";
import { withMirror } from "./mirror.ts";
import { withCpuRequest } from "./release-deployments.ts";
import { readRelease } from "./release-files.ts";
import { configureCrds, configureKourier, configureServing, type KubernetesObject } from "./release.ts";
import { gatewayTracing, knativeTracing } from "./telemetry.ts";

/** The objects that a stack installs for Knative Services to run on. */
export interface PlatformManifests {
  /** Knative Serving's CustomResourceDefinitions. */
  readonly crds: readonly KubernetesObject[];
  readonly serving: readonly KubernetesObject[];
  readonly kourier: readonly KubernetesObject[];
}

/**
 * Knative Serving and Kourier as their releases publish them, and as the stack's settings want them.
 *
 * @throws UserError where a release cannot be read, or has not what is to be set
 */
export async function platformManifests({
  release,
  gateway,
  telemetry,
  images,
}: Pick<Settings, "release" | "gateway" | "telemetry" | "images">): Promise<PlatformManifests> {
  const { crds, core, kourier } = await readRelease(release);
  const adapted = (objects: KubernetesObject[]) =>
    withCpuRequest(withMirror(objects, release.mirror), release.cpuRequest);
  return {
    crds: configureCrds(crds),
    serving: configureServing(adapted(core), {
      domain: gateway.domain,
      registriesSkippingTagResolving: registryHosts(images.registry),
      tracing: knativeTracing(telemetry),
      requestMetrics: telemetry.metrics !== undefined,
    }),
    kourier: configureKourier(adapted(kourier), { ...gateway, tracing: gatewayTracing(telemetry) }),
  };
}

/** The registry's host, whose tags Knative leaves alone: images are named by digest already. */
function registryHosts(registry: string | undefined): string[] {
  return registry === undefined ? [] : [registry.split("/")[0] ?? registry];
}
