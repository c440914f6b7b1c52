import { serviceLabel } from "../../commands/verdict.ts";
import { labels } from "../../manifests/labels.ts";
import type { Kubectl } from "../kubectl.ts";
import type { Candidate, RevisionCandidate } from "./decide.ts";
import { namesIn, type NameSource } from "./names.ts";

/** An object of the cluster, by what is asked of it here. */
export interface ClusterObject extends ListedObject {
  /** What it may name. */
  readonly names: readonly string[];
}

interface ListedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string | undefined;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string | undefined>>;
  };
}

/** By what an object is told from a later one of its name, or from itself after a change. */
export interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

export type FoundRevision = RevisionCandidate & Seen;
export type FoundSecret = Candidate & Seen;

/** What may name archives, Secrets and Revisions: as `kubectl get` wants it, and for people. */
const kinds = {
  Service: { resource: "services.serving.knative.dev", what: "a Knative Service" },
  Configuration: { resource: "configurations.serving.knative.dev", what: "a Configuration" },
  Route: { resource: "routes.serving.knative.dev", what: "a Route" },
  Revision: { resource: "revisions.serving.knative.dev", what: "a Revision" },
  Pod: { resource: "pods", what: "a Pod" },
} as const;
type Kind = keyof typeof kinds;

const routed = "serving.knative.dev/routingStateModified";
const noGc = "serving.knative.dev/no-gc";

/** All that may name something, in every namespace: another stack's Revision may start from this stack's volume. */
export async function readCluster(kubectl: Kubectl): Promise<ClusterObject[]> {
  const resources = Object.values(kinds).map(({ resource }) => resource);
  const objects: ClusterObject[] = [];
  for await (const listed of kubectl.each<ListedObject>(resources.join(","), "--all-namespaces")) {
    objects.push(reduced(listed));
  }
  return objects;
}

/** A big cluster's objects are more than fits into memory, what is asked of them is not. */
function reduced(listed: ListedObject): ClusterObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = listed.metadata;
  const { labels = {}, annotations = {} } = listed.metadata;
  const kept = { [routed]: annotations[routed], [noGc]: annotations[noGc] };
  return {
    kind: listed.kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      creationTimestamp,
      deletionTimestamp,
      labels,
      annotations: kept,
    },
    names: [...namesIn(listed)],
  };
}

/** The Secrets of functions, without their values. */
export async function readFunctionSecrets(kubectl: Kubectl): Promise<FoundSecret[]> {
  const fields = ["name", "uid", "resourceVersion", "creationTimestamp"].map((field) => `{.metadata.${field}}`);
  const jsonpath = `jsonpath={range .items[*]}${fields.join(" ")}{"\\n"}{end}`;
  const selector = `${labels.managedBy}=knflow,${labels.function}`;
  const listed = await kubectl.run(["get", "secrets", "-l", selector, "-o", jsonpath]);
  return listed.split("\n").flatMap((line) => {
    const [name = "", uid = "", resourceVersion = "", created = ""] = line.split(" ");
    return name === "" ? [] : [{ name, uid, resourceVersion, time: Date.parse(created) }];
  });
}

/** knflow's Revisions in a namespace, but for those that are being removed. */
export function revisionsIn(objects: readonly ClusterObject[], namespace: string): FoundRevision[] {
  return objects.flatMap(({ kind, metadata }) => {
    const { labels: given = {}, annotations = {} } = metadata;
    const own = metadata.namespace === namespace && given[labels.managedBy] === "knflow";
    if (kind !== "Revision" || !own || metadata.deletionTimestamp !== undefined) return [];
    const { name, uid, resourceVersion } = metadata;
    const created = Date.parse(metadata.creationTimestamp);
    // When requests last began or ceased to go to it.
    const rerouted = annotations[routed];
    return {
      ...{ name, uid, resourceVersion, created },
      time: rerouted === undefined ? created : Math.max(created, Date.parse(rerouted)),
      service: given[serviceLabel],
      routed: given["serving.knative.dev/routingState"] !== "reserve",
      marked: annotations[noGc] === "true",
    };
  });
}

/** What in a namespace says which Revisions get requests. */
export function routesIn(objects: readonly ClusterObject[], namespace: string): NameSource[] {
  const routing: readonly string[] = ["Service", "Configuration", "Route"] satisfies Kind[];
  return sources(objects.filter(({ kind, metadata }) => routing.includes(kind) && metadata.namespace === namespace));
}

/**
 * What names archives and Secrets.
 *
 * @param removed Revisions of the namespace that were removed, or would be: they and their Pods count no more
 */
export function clusterSources(
  objects: readonly ClusterObject[],
  namespace: string,
  removed: ReadonlySet<string>,
): NameSource[] {
  const isOfRemoved = ({ kind, metadata }: ClusterObject) => {
    const revision = kind === "Revision" ? metadata.name : metadata.labels?.["serving.knative.dev/revision"];
    return metadata.namespace === namespace && revision !== undefined && removed.has(revision);
  };
  // A Pod that is being removed starts no container again.
  const isEnding = ({ kind, metadata }: ClusterObject) => kind === "Pod" && metadata.deletionTimestamp !== undefined;
  return sources(objects.filter((object) => !isOfRemoved(object) && !isEnding(object)));
}

function sources(objects: readonly ClusterObject[]): NameSource[] {
  return objects.map((object) => ({ what: kinds[object.kind as Kind].what, content: object.names }));
}
