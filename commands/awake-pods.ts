import { digestAnnotation } from "../manifests/labels.ts";
import { isPodOf, isReadyPod, revisionLabel, type KnativeServiceObject, type PodObject } from "./verdict.ts";

/** Each pod is asked by a process of its own: of more than these, a new Revision is quicker. */
export const mostPods = 5;

/**
 * The pods of a Knative Service that answer its requests, or will before its latest Revision does, and that run other code.
 *
 * None where requests are split: a Revision that somebody chose keeps its code.
 *
 * @param codeOf sha256 of the code that a pod was given since it started
 */
export function podsToReload(
  service: KnativeServiceObject,
  pods: readonly PodObject[],
  sha256: string,
  codeOf: (pod: string) => string | undefined,
): string[] {
  const { traffic = [], latestReadyRevisionName: serving } = service.status ?? {};
  if (serving === undefined || traffic.length !== 1 || traffic[0]?.latestRevision !== true) return [];
  // Knative numbers a Service's Revisions in their names. Pods of older ones end.
  const answers = (pod: PodObject) => (pod.metadata.labels?.[revisionLabel] ?? "") >= serving;
  const awake = pods.filter((pod) => isPodOf(pod, service) && answers(pod) && isReadyPod(pod));
  if (awake.length > mostPods) return [];
  const others = awake.filter(({ metadata: { name, annotations } }) => {
    return (codeOf(name) ?? annotations?.[digestAnnotation]) !== sha256;
  });
  return others.map(({ metadata }) => metadata.name);
}
