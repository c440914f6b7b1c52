/** The part of a Knative Service that tells whether it works, and where its requests go. */
export interface KnativeServiceObject {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly latestCreatedRevisionName?: string;
    readonly latestReadyRevisionName?: string;
    readonly traffic?: readonly {
      readonly revisionName?: string;
      readonly latestRevision?: boolean;
      readonly percent?: number;
      readonly tag?: string;
      readonly url?: string;
    }[];
    readonly conditions?: readonly Condition[];
  };
}

/** The part of a Revision that tells whether it works. */
export interface RevisionObject {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
  readonly reason?: string;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
}

/** The part of a Pod that tells why it does not start. */
export interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly restartCount: number;
      readonly state?: ContainerState;
      readonly lastState?: ContainerState;
    }[];
  };
}

/** The label by which a Revision and a Pod name their Knative Service. */
export const serviceLabel = "serving.knative.dev/service";
/** The label by which a Pod names its Revision. */
export const revisionLabel = "serving.knative.dev/revision";

/** Whether a Pod is one of a Knative Service's. */
export function isPodOf(pod: PodObject, service: KnativeServiceObject): boolean {
  return pod.metadata.labels?.[serviceLabel] === service.metadata.name;
}

/** Whether a Pod answers requests, and will for longer. */
export function isReadyPod(pod: PodObject): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return ready === true && pod.metadata.deletionTimestamp === undefined;
}

/** How Knative begins to say that it could not make a Revision. */
const creationFailed = "Revision creation failed";
const unknown: Condition = { type: "Ready", status: "Unknown" };

/** What is to be said of a Knative Service. */
export interface Verdict {
  /** `pending`: it may still become ready. */
  readonly state: "ready" | "broken" | "pending";
  /** Why it is not ready. */
  readonly reason: string;
  /** The Revision that this is about; undefined as long as Knative has made none of the latest generation. */
  readonly revision: string | undefined;
}

/** Waiting reasons that come back only after the kubelet has tried, and that nothing but another manifest mends. */
const hopeless = new Set(["InvalidImageName", "CreateContainerConfigError", "CreateContainerError"]);
/** What a registry says of an image that it will not give later either; one that is away or restarts may. */
const noSuchImage = /not found|manifest unknown|unauthorized|denied|forbidden|invalid/i;

/**
 * The verdict on the generation that was asked for last: Knative's own, or earlier that of the Pods. Knative looks at
 * a Pod only when its Deployment changes, so a container that crashes all the time would be "Deploying" to it until the
 * progress deadline (`checkAndUpdateDeployment` in knative.dev/serving, pkg/reconciler/revision).
 */
export function verdict(
  service: KnativeServiceObject,
  revisions: readonly RevisionObject[],
  pods: readonly PodObject[],
): Verdict {
  const { metadata, status } = service;
  const ready = conditionOf(status, "Ready");
  const current =
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    conditionOf(status, "ConfigurationsReady")?.reason !== "OutOfDate";
  if (!current || !ready) return { state: "pending", reason: "Knative has not looked at it yet", revision: undefined };

  const revision = status?.latestCreatedRevisionName;
  if (ready.status === "True") return { state: "ready", reason: "", revision: status?.latestReadyRevisionName };
  const own = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision);
  // Knative calls this a failure at once, but a node may have room as soon as an older Revision's Pod is gone.
  const unscheduled = firstOf(own, unscheduledOf);
  if (unscheduled !== undefined) return { state: "pending", reason: unscheduled, revision };
  const said = firstOf(own, lastWordsOf);
  const reason = ready.message ?? ready.reason ?? "Knative gives no reason";
  if (ready.status === "False") {
    // Where Knative could not even make a Revision, the latest is one from before, or there is none.
    if (revision === undefined || reason.startsWith(creationFailed)) return { state: "broken", reason, revision };
    const made = revisions.find(({ metadata }) => metadata.name === revision);
    const { status: state, reason: cause, message = reason } = conditionOf(made?.status, "Ready") ?? unknown;
    // The Service says of its Revision what was true before, also once a node has room for its Pod.
    if (state === "False" && cause !== "Unschedulable") {
      // The same words whoever tells first, where a container left some: Knative puts its own before them.
      return { state: "broken", reason: said ?? message, revision };
    }
  }
  const fault = firstOf(own, faultOf);
  if (fault !== undefined) return { state: "broken", reason: fault, revision };
  // Between two ends it may still become ready; what it said at the last one is more than Knative knows.
  const why = said === undefined ? reason : `it is starting again, after: ${said}`;
  return { state: "pending", reason: why, revision };
}

/** A condition of a status, by its type. */
export function conditionOf(
  status: { readonly conditions?: readonly Condition[] } | undefined,
  type: string,
): Condition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}

/** What there is to say of the first Pod of which there is something. */
function firstOf(pods: readonly PodObject[], say: (pod: PodObject) => string | undefined): string | undefined {
  return pods.map(say).find((text) => text !== undefined);
}

/** What a container of a Pod left to be shown when it ended last. */
function lastWordsOf(pod: PodObject): string | undefined {
  const ends = (pod.status?.containerStatuses ?? []).map(
    ({ state, lastState }) => state?.terminated ?? lastState?.terminated,
  );
  return ends.map((ended) => ended?.message?.trim()).find((text) => text);
}

/** Why a Pod will not become ready: a container that ended twice, since the first end may be another's fault. */
function faultOf(pod: PodObject): string | undefined {
  for (const { name, restartCount, state, lastState } of pod.status?.containerStatuses ?? []) {
    const ended = state?.terminated ?? (state?.waiting && lastState?.terminated);
    if (restartCount > 0 && ended !== undefined) {
      return ended.message?.trim() || `${name} ended with exit code ${ended.exitCode} (${ended.reason ?? "no reason"})`;
    }
    if (state?.waiting !== undefined && isHopeless(state.waiting)) {
      return `${state.waiting.reason}: ${state.waiting.message ?? name}`;
    }
  }
  return undefined;
}

function isHopeless({ reason = "", message = "" }: NonNullable<ContainerState["waiting"]>): boolean {
  if (reason === "ImagePullBackOff") return noSuchImage.test(message);
  return hopeless.has(reason) && !isPassing(message);
}

/** The kubelet had not yet got a Secret or ConfigMap, and tries again. */
function isPassing(message: string): boolean {
  return /^failed to sync \w+ cache: timed out/.test(message);
}

function unscheduledOf(pod: PodObject): string | undefined {
  const scheduled = pod.status?.conditions?.find((one) => one.type === "PodScheduled");
  return scheduled?.status === "False" ? `no node takes its Pod: ${scheduled.message}` : undefined;
}
