import { ClusterApi, servicesPath } from "./cluster-api.ts";
import {
  serviceLabel,
  verdict,
  type KnativeServiceObject,
  type PodObject,
  type RevisionObject,
  type Verdict,
} from "./verdict.ts";
import { Watched, type Selection } from "./watch.ts";

/** Which Knative Services are watched, and which Revisions and Pods with them. */
interface ServiceSelection {
  readonly services: Selection["query"];
  readonly made: Selection["query"];
}

/** What is waited for. */
interface Awaited {
  readonly milliseconds: number;
  /** The generation that the verdict is about, where an earlier one may still be seen. */
  readonly generation?: number;
  /** Ends the waiting earlier. */
  readonly signal?: AbortSignal;
}

/** Knative Services with their Revisions and Pods, as they are now, and what is to be said of them. */
export class WatchedServices<
  Service extends KnativeServiceObject = KnativeServiceObject,
  Revision extends RevisionObject = RevisionObject,
> {
  readonly #services: Watched<Service>;
  readonly #revisions: Watched<Revision>;
  readonly #pods: Watched<PodObject>;
  readonly #looks = new Set<() => void>();

  constructor(api: ClusterApi, namespace: string, { services, made }: ServiceSelection) {
    const path = `/apis/serving.knative.dev/v1/namespaces/${namespace}/revisions`;
    const look = () => this.#looks.forEach((one) => one());
    this.#services = new Watched<Service>(api, { path: servicesPath(namespace), query: services }, look);
    this.#revisions = new Watched<Revision>(api, { path, query: made }, look);
    this.#pods = new Watched<PodObject>(api, { path: `/api/v1/namespaces/${namespace}/pods`, query: made }, look);
  }

  get #watches() {
    return [this.#services, this.#revisions, this.#pods];
  }

  /** The Services that there are, as far as it is known yet. */
  get objects(): Service[] {
    return this.#services.objects;
  }

  /** Their Revisions, likewise. */
  get revisions(): Revision[] {
    return this.#revisions.objects;
  }

  /** Their Pods, likewise. */
  get pods(): PodObject[] {
    return this.#pods.objects;
  }

  /** Whether it is known what there is. */
  get listed(): boolean {
    return this.#watches.every(({ listed }) => listed);
  }

  /** Why the cluster could not be asked last; undefined as long as it could. */
  get failure(): string | undefined {
    return this.#watches.map((each) => each.failure).find((text) => text !== undefined);
  }

  /** The first verdict on a Service that is not `pending`, or the last one there is in time. */
  async final(name: string, { milliseconds, generation = 0, signal }: Awaited): Promise<Verdict> {
    const lookAt = (): Verdict => {
      // What was seen before may be old.
      const unseen = this.failure === undefined ? "" : ` (the cluster cannot be asked: ${this.failure})`;
      const service = this.#services.objects.find(({ metadata }) => metadata.name === name);
      if (service === undefined || (service.metadata.generation ?? 0) < generation) {
        return { state: "pending", reason: `Knative has not looked at it yet${unseen}`, revision: undefined };
      }
      const seen = verdict(service, this.#revisions.objects, this.#pods.objects);
      return seen.state === "pending" ? { ...seen, reason: seen.reason + unseen } : seen;
    };
    await this.until(() => lookAt().state !== "pending", { milliseconds, ...(signal && { signal }) });
    return lookAt();
  }

  /** Waits until something is so; looks at each change. @returns whether it is, in time */
  async until(isSo: () => boolean, { milliseconds, signal }: Omit<Awaited, "generation">): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = () => isSo() && resolve(true);
    const giveUp = () => resolve(isSo());
    const timer = setTimeout(giveUp, milliseconds);
    signal?.addEventListener("abort", giveUp);
    this.#looks.add(look);
    look();
    if (signal?.aborted === true) giveUp();
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      this.#looks.delete(look);
    });
  }

  /** Ends the watches. */
  end(): void {
    for (const each of this.#watches) each.end();
  }
}

/** Watches one Knative Service of an update's cluster, with what it has made, while some work is done. */
export async function watchingService<T>(
  namespace: string,
  name: string,
  work: (services: WatchedServices) => Promise<T>,
): Promise<T> {
  const api = await ClusterApi.open();
  const services = new WatchedServices(api, namespace, {
    services: { fieldSelector: `metadata.name=${name}` },
    made: { labelSelector: `${serviceLabel}=${name}` },
  });
  try {
    return await work(services);
  } finally {
    services.end();
    await api.close();
  }
}
