import { servicesPath } from "../../commands/cluster-api.ts";
import type { BenchCluster } from "./bench-cluster.ts";

interface Container {
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** A Knative Service as the API server gives it, as far as it is looked at. */
export interface ServiceObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: Record<string, string> };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
      readonly spec: { readonly containers: readonly [Container]; readonly [field: string]: unknown };
    };
  };
}

/** Knative Services, as kubectl names them. */
export const kind = "services.serving.knative.dev";
/** The field manager of what the benchmark makes itself. */
const manager = "knflow-bench";

export async function readService(cluster: BenchCluster, namespace: string, name: string): Promise<ServiceObject> {
  return JSON.parse(await cluster.kubectl("-n", namespace, "get", kind, name, "-o", "json")) as ServiceObject;
}

/** What an apply of a service like this one sends: nothing that the cluster itself wrote. */
export function manifestOf({ metadata, spec }: ServiceObject): ServiceObject & { apiVersion: string; kind: string } {
  const { name, namespace, labels = {} } = metadata;
  const { metadata: template, spec: pod } = spec.template;
  const own = { labels: template.labels ?? {}, annotations: template.annotations ?? {} };
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name, namespace, labels },
    spec: { template: { metadata: own, spec: pod } },
  };
}

/** The same service under another name, with another image: resources, probes and scale are equal. */
export function likeness(service: ServiceObject, name: string, image: string): ServiceObject {
  const same = manifestOf(service);
  const { template } = same.spec;
  const [container] = template.spec.containers;
  const spec = { ...template.spec, containers: [{ ...container, image }] as const };
  return { ...same, metadata: { ...same.metadata, name }, spec: { template: { ...template, spec } } };
}

/** Applies a service that is there by one request. */
export async function applyService(cluster: BenchCluster, service: ServiceObject): Promise<void> {
  const { name, namespace } = service.metadata;
  await cluster.api.apply(servicesPath(namespace, name), manager, service, { force: true });
}

/** Makes a service, or changes it, and waits until it is ready, its image pulled. @returns its host */
export async function deployService(cluster: BenchCluster, service: ServiceObject): Promise<string> {
  const { name, namespace } = service.metadata;
  const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager", manager, "-f", "-"];
  await cluster.kubectlWith(JSON.stringify(service), ...apply);
  await cluster.kubectl("-n", namespace, "wait", `${kind}/${name}`, "--for=condition=Ready", "--timeout=180s");
  return cluster.hostOf(namespace, name);
}
