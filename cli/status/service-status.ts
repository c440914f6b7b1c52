import {
  isPodOf,
  isReadyPod,
  verdict,
  type KnativeServiceObject,
  type PodObject,
  type RevisionObject,
} from "../../commands/verdict.ts";
import { digestAnnotation, labels } from "../../manifests/labels.ts";

/** The part of a Knative Service that tells how it stands. */
export interface ServiceObject extends KnativeServiceObject {
  readonly metadata: KnativeServiceObject["metadata"] & { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

/** The part of a Revision that tells what it is. */
export interface DeployedRevision extends RevisionObject {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** How a function, or a workflow's own service, stands. */
export interface ServiceStatus {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly name: string;
  /** `updating`: its latest Revision may still become ready. */
  readonly state: "ready" | "updating" | "not ready";
  /** Why it is not ready. */
  readonly reason?: string;
  /** The Revisions that get requests, with their share in percent. */
  readonly traffic: readonly { readonly revision: string; readonly percent: number }[];
  /** sha256 of the archive that the Revision with most of the requests runs. */
  readonly digest: string | undefined;
  /** Pods that there are now, and how many there may be; a `max` of 0 is no limit. */
  readonly pods: { readonly ready: number; readonly min: number; readonly max: number };
  /** When the Revision with most of the requests was made, in ISO 8601. */
  readonly deployedAt: string | undefined;
}

/** How the services of a stack stand, each workflow followed by its functions. */
export function serviceStatuses(
  services: readonly ServiceObject[],
  revisions: readonly DeployedRevision[],
  pods: readonly PodObject[],
): ServiceStatus[] {
  const statuses = services.map((service): ServiceStatus => {
    const { state, reason } = verdict(service, revisions, pods);
    const traffic = (service.status?.traffic ?? []).flatMap(({ revisionName: revision, percent = 0 }) =>
      revision === undefined || percent === 0 ? [] : [{ revision, percent }],
    );
    const [main] = [...traffic].sort((one, other) => other.percent - one.percent);
    const serving = revisions.find(({ metadata }) => metadata.name === main?.revision)?.metadata;
    const annotations = service.spec.template.metadata.annotations ?? {};
    return {
      name: serviceName(service),
      state: state === "ready" ? "ready" : state === "pending" ? "updating" : "not ready",
      ...(reason === "" ? {} : { reason }),
      traffic,
      digest: serving?.annotations?.[digestAnnotation],
      pods: {
        ready: pods.filter((pod) => isPodOf(pod, service) && isReadyPod(pod)).length,
        min: Number(annotations["autoscaling.knative.dev/min-scale"] ?? 0),
        max: Number(annotations["autoscaling.knative.dev/max-scale"] ?? 0),
      },
      deployedAt: serving?.creationTimestamp,
    };
  });
  return statuses.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What a Knative Service is the service of: `<workflow>` or `<workflow>/<function>`. */
export function serviceName({ metadata }: ServiceObject): string {
  const [workflow, fn] = [metadata.labels?.[labels.workflow], metadata.labels?.[labels.function]];
  return fn === undefined ? (workflow ?? metadata.name) : `${workflow}/${fn}`;
}
