import { CORE_SCHEMA, loadAll, YAMLException } from "js-yaml";
import { UserError } from "../console/errors.ts";
import { notWaitedFor } from "./labels.ts";
import { withPodAnnotation, withStartTime } from "./release-deployments.ts";
import type { PlatformTracing } from "./telemetry.ts";

/** A Kubernetes object as a release manifest holds it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; [key: string]: unknown };
  [key: string]: unknown;
}

/** How Kourier is reached from outside the cluster. */
export type GatewayType = "LoadBalancer" | "NodePort" | "ClusterIP";

/**
 * The objects of a manifest file. Read by js-yaml, which takes a seventh of the time of the library that tells where in
 * function.yaml something stands: a release has some 17,000 lines, and every update reads them.
 *
 * @throws UserError where the text is no YAML of Kubernetes objects
 */
export function parseManifest(file: string, text: string): KubernetesObject[] {
  return documentsOf(file, text).flatMap((value) => {
    if (value === null || value === undefined) return [];
    const object = value as KubernetesObject;
    if (!object.apiVersion || !object.kind || !object.metadata?.name) {
      throw new UserError(
        `${file} holds something that is no Kubernetes object (apiVersion, kind and metadata.name are needed)`,
      );
    }
    return [object];
  });
}

function documentsOf(file: string, text: string): unknown[] {
  try {
    return loadAll(text, undefined, { schema: CORE_SCHEMA });
  } catch (error) {
    if (error instanceof YAMLException) throw new UserError(`${file} is no YAML: ${error.message}`);
    throw error;
  }
}

/** Knative Serving's CRDs, each awaited until the API server has established it. */
export function configureCrds(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.map((object) =>
    object.kind === "CustomResourceDefinition"
      ? annotated(object, { "pulumi.com/waitFor": "condition=Established" })
      : object,
  );
}

/** How Knative Serving's own ConfigMaps are set. */
export interface ServingConfiguration {
  /** The domain under which functions get their hosts; Knative's default where it is not given. */
  readonly domain?: string | undefined;
  /** Registries whose tags Knative must not look up itself, such as a registry inside the cluster. */
  readonly registriesSkippingTagResolving?: readonly string[];
  readonly tracing?: PlatformTracing | undefined;
  /** Whether queue-proxies give figures of requests to Prometheus. */
  readonly requestMetrics?: boolean;
}

/** The ingress class by which Knative hands its Ingresses to Kourier. */
export const kourierIngressClass = "kourier.ingress.networking.knative.dev";

/** The Deployments that read `config-network`, and the activator tracing too, when they start and never again (their main.go). */
const readOnceAtStart = ["activator", "autoscaler"];

/**
 * Knative Serving's core with its ConfigMaps set before they are created. Nothing is patched afterwards, so each
 * key has one owner, and the webhook that checks these ConfigMaps need not run yet.
 */
export function configureServing(
  objects: readonly KubernetesObject[],
  configuration: ServingConfiguration,
): KubernetesObject[] {
  // Kourier is no mesh. Else one failed probe of a pod has the activator ask the Service instead for good, over a connection that may
  // still end at a pod that ends, for half a minute (ADR 0076).
  const mesh = { "mesh-compatibility-mode": "disabled" };
  const startedWith = JSON.stringify({ ...mesh, ...configuration.tracing });
  const data: Record<string, Record<string, string>> = {
    "config-network": { "ingress-class": kourierIngressClass, ...mesh },
    // Functions may ask for it by scale.initial.
    "config-autoscaler": { "allow-zero-initial-scale": "true" },
    ...(configuration.domain === undefined ? {} : { "config-domain": { [configuration.domain]: "" } }),
    ...(configuration.registriesSkippingTagResolving?.length
      ? {
          "config-deployment": {
            "registries-skipping-tag-resolving": skipping(configuration.registriesSkippingTagResolving),
          },
        }
      : {}),
    ...(configuration.tracing || configuration.requestMetrics
      ? {
          "config-observability": {
            ...configuration.tracing,
            ...(configuration.requestMetrics ? { "request-metrics-protocol": "prometheus" } : {}),
          },
        }
      : {}),
  };
  requireAll("serving-core.yaml", objects, "ConfigMap", Object.keys(data));
  return objects.map((object) => {
    if (object.kind === "Deployment" && readOnceAtStart.includes(object.metadata.name))
      return withPodAnnotation(object, "knflow.dev/started-with", startedWith);
    const values = object.kind === "ConfigMap" ? data[object.metadata.name] : undefined;
    return values ? { ...object, data: { ...(object.data as Record<string, string> | undefined), ...values } } : object;
  });
}

/** The objects of a release in the order in which they can work. */
export interface Stages {
  /** What is there at once: names, rights, settings, Services. */
  readonly base: KubernetesObject[];
  /** What runs, and needs all of the base to start. */
  readonly servers: KubernetesObject[];
  /** Each is there once its server has put its certificate into it: the API server calls no webhook before. */
  readonly webhooks: KubernetesObject[];
  /** What needs a server behind it: what webhooks admit, a load balancer that looks for endpoints. */
  readonly last: KubernetesObject[];
}

/**
 * A webhook configuration without rules, awaited until its server has put its certificate in. Knative's server writes the
 * rules itself at that moment; with rules of ours too, each update would find them changed, and put them back.
 */
function webhook(object: KubernetesObject): KubernetesObject {
  const webhooks = (object.webhooks as Record<string, unknown>[]).map(({ rules: _, ...rest }) => rest);
  return annotated({ ...object, webhooks }, { "pulumi.com/waitFor": "jsonpath={.webhooks[0].clientConfig.caBundle}" });
}

/**
 * Parts a release into stages. In one stage Pulumi could wait for Deployments and for the endpoints of their Services in all
 * of its parallel steps, while the ConfigMaps without which nothing starts wait for a step to get free. The CRDs, which
 * the core repeats so that it can be applied alone, have their one owner elsewhere.
 */
export function stages(objects: readonly KubernetesObject[]): Stages {
  const parts: Stages = { base: [], servers: [], webhooks: [], last: [] };
  for (const object of objects) {
    if (object.kind === "CustomResourceDefinition") continue;
    if (object.kind === "Deployment") parts.servers.push(object);
    else if (object.kind.endsWith("WebhookConfiguration")) parts.webhooks.push(webhook(object));
    else if (/\.knative\.dev\//.test(object.apiVersion)) parts.last.push(object);
    else if (object.kind !== "Service") parts.base.push(object);
    else if ((object.spec as { type?: string }).type === "LoadBalancer") parts.last.push(object);
    else parts.base.push(annotated(object, notWaitedFor));
  }
  return parts;
}

/** Kourier with its gateway Service as the cluster needs it. */
export function configureKourier(
  objects: readonly KubernetesObject[],
  gateway: { type: GatewayType; externalIp?: string | undefined; tracing?: PlatformTracing | undefined },
): KubernetesObject[] {
  requireAll("kourier.yaml", objects, "Service", ["kourier"]);
  const { tracing } = gateway;
  if (tracing) requireAll("kourier.yaml", objects, "ConfigMap", ["config-kourier"]);
  return objects.map((object) => {
    if (tracing && object.kind === "ConfigMap" && object.metadata.name === "config-kourier") {
      return { ...object, data: { ...(object.data as Record<string, string> | undefined), ...tracing } };
    }
    if (object.kind === "Deployment" && object.metadata.name === "net-kourier-controller") return withStartTime(object);
    if (object.kind !== "Service" || object.metadata.name !== "kourier") return object;
    const spec = object.spec as Record<string, unknown>;
    const configured = {
      ...object,
      spec: {
        ...spec,
        type: gateway.type,
        ...(gateway.externalIp === undefined ? {} : { externalIPs: [gateway.externalIp] }),
      },
    };
    // With externalIPs the Service works at once; where no load balancer exists, its status never gets an address, and
    // waiting for one would hold the update for ten minutes.
    return gateway.externalIp === undefined ? configured : annotated(configured, notWaitedFor);
  });
}

/** Knative's own default for this key, which setting it would drop: https://knative.dev/docs/serving/tag-resolution/ */
function skipping(registries: readonly string[]): string {
  return ["kind.local", "ko.local", "dev.local", ...registries].join(",");
}

function annotated<T extends KubernetesObject>(object: T, annotations: Record<string, string>): T {
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
  };
}

function requireAll(file: string, objects: readonly KubernetesObject[], kind: string, names: readonly string[]): void {
  const missing = names.filter(
    (name) => !objects.some((object) => object.kind === kind && object.metadata.name === name),
  );
  if (missing.length > 0) {
    throw new UserError(
      `${file} has no ${kind} ${missing.join(", ")}; is it the manifest of the release that was asked for?`,
    );
  }
}
