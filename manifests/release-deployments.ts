import type { KubernetesObject } from "./release.ts";

/** The part of a Deployment that is changed here. */
interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

interface Container {
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  readonly livenessProbe?: object;
  readonly startupProbe?: object;
}

/**
 * Deployments whose containers ask for so much CPU and no more. The releases ask for a whole core in all, as fits a
 * cluster; on a node of two cores this would leave room for a dozen functions.
 */
export function withCpuRequest(objects: readonly KubernetesObject[], cpu: string | undefined): KubernetesObject[] {
  if (cpu === undefined) return [...objects];
  return objects.map((object) =>
    object.kind === "Deployment"
      ? withContainers(object, ({ resources, ...container }) => ({
          ...container,
          resources: { ...resources, requests: { ...resources?.requests, cpu } },
        }))
      : object,
  );
}

/**
 * Kourier's controller with ten minutes to start. It reads all of the cluster's Ingresses, Services and endpoints first; its liveness probe alone gives it one
 * minute, which a few hundred functions may take (https://github.com/knative-extensions/net-kourier/issues/1423).
 */
export function withStartTime(deployment: KubernetesObject): KubernetesObject {
  return withContainers(deployment, (container) =>
    container.livenessProbe === undefined || container.startupProbe !== undefined
      ? container
      : { ...container, startupProbe: { ...container.livenessProbe, periodSeconds: 10, failureThreshold: 60 } },
  );
}

/** A Deployment that starts new pods when an annotation's value changes, for what is read only when they start. */
export function withPodAnnotation(deployment: KubernetesObject, name: string, value: string): KubernetesObject {
  const { spec } = deployment as Deployment;
  const { metadata } = spec.template;
  const annotations = { ...metadata?.annotations, [name]: value };
  const template = { ...spec.template, metadata: { ...metadata, annotations } };
  return { ...deployment, spec: { ...spec, template } };
}

function withContainers(deployment: KubernetesObject, change: (container: Container) => Container): KubernetesObject {
  const { spec } = deployment as Deployment;
  const containers = spec.template.spec.containers.map(change);
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  return { ...deployment, spec: { ...spec, template } };
}
