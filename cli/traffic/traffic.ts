import { ClusterApi, servicesPath } from "../../commands/cluster-api.ts";
import { conditionOf, serviceLabel } from "../../commands/verdict.ts";
import { WatchedServices } from "../../commands/watched-services.ts";
import { didYouMean } from "../../console/did-you-mean.ts";
import { UserError } from "../../console/errors.ts";
import { trafficManager } from "../../manifests/field-managers.ts";
import { digestAnnotation } from "../../manifests/labels.ts";
import { kubectlFlags } from "../../settings/cluster.ts";
import { namespaceOf } from "../../settings/keys.ts";
import { everySelector } from "../invoke/target.ts";
import { stackCluster, stackName, stackSettings, type StackAccess } from "../stack.ts";
import { serviceName, type DeployedRevision, type ServiceObject } from "../status/service-status.ts";
import { splitOf, type Split } from "./shown.ts";
import { splitTraffic, type RoutableRevision, type Share, type TrafficTarget } from "./split.ts";

/** Milliseconds that the cluster has to say what is deployed, and Knative to route. */
const [listing, routing] = [15_000, 60_000];

type RoutedService = ServiceObject & {
  readonly spec: ServiceObject["spec"] & { readonly traffic?: readonly TrafficTarget[] };
};

/**
 * How the requests of a workflow or function are split between its Revisions, after they were split anew.
 *
 * @param name `<workflow>` or `<workflow>/<function>`
 * @param shares how they are to be split; as they are where none is given
 * @throws UserError where it is not deployed, or cannot be split so
 */
export async function traffic(
  { stack, environment }: Pick<StackAccess, "stack" | "environment">,
  name: string,
  shares: readonly Share[],
): Promise<Split> {
  const namespace = namespaceOf(stackSettings(stack), stackName(stack));
  const api = await ClusterApi.open({ flags: kubectlFlags(stackCluster(stack)), environment });
  const ours = { labelSelector: everySelector };
  const watched = new WatchedServices<RoutedService, DeployedRevision>(api, namespace, { services: ours, made: ours });
  try {
    await watched.until(() => watched.listed || watched.failure !== undefined, { milliseconds: listing });
    if (!watched.listed) throw new UserError(`the cluster cannot be asked: ${watched.failure ?? "it does not answer"}`);
    const find = () => watched.objects.find((service) => serviceName(service) === name);
    const service = find();
    if (service === undefined) throw notDeployed(name, watched.objects.map(serviceName));
    if (shares.length > 0) {
      const targets = splitTraffic(shares, routable(service, watched.revisions), service.spec.traffic ?? []);
      const path = servicesPath(namespace, service.metadata.name);
      const split = {
        apiVersion: "serving.knative.dev/v1",
        kind: "Service",
        metadata: { name: service.metadata.name, namespace },
        spec: { traffic: targets },
      };
      // What another had split, this command splits: that is what it is called for.
      const { metadata } = await api.apply<RoutedService>(path, trafficManager, split, { force: true });
      const generation = metadata.generation ?? 0;
      if (!(await watched.until(() => isRouted(find(), generation), { milliseconds: routing }))) {
        throw new UserError(
          `${name} is not routed so after ${routing / 1000} s; "npx knflow status ${name}" may tell why`,
        );
      }
    }
    return splitOf(name, find() ?? service, watched.revisions);
  } finally {
    watched.end();
    await api.close();
  }
}

function isRouted(service: RoutedService | undefined, generation: number): boolean {
  const current = (service?.status?.observedGeneration ?? 0) >= generation;
  return current && conditionOf(service?.status, "RoutesReady")?.status === "True";
}

/** A Service's Revisions, the oldest first. */
function routable({ metadata }: RoutedService, revisions: readonly DeployedRevision[]): RoutableRevision[] {
  const own = revisions.filter((one) => one.metadata.labels?.[serviceLabel] === metadata.name);
  return own
    .map(({ metadata: { name, annotations }, status }) => {
      const ready = conditionOf(status, "Ready");
      const unready = ready?.status === "True" ? undefined : (ready?.message ?? "Knative has not looked at it yet");
      return { name, digest: annotations?.[digestAnnotation] ?? "", ...(unready !== undefined && { unready }) };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function notDeployed(name: string, there: readonly string[]): UserError {
  return new UserError(`${JSON.stringify(name)} is not deployed; ${didYouMean(name, there)}`);
}
