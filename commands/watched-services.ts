import type { ClusterApi } from "./cluster-api.ts";
import { verdict, type KnativeServiceObject, type PodObject, type RevisionObject, type Verdict } from "./verdict.ts";
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

const unseen: Verdict = { state: "pending", reason: "Knative has not looked at it yet", revision: undefined };

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
    const serving = `/apis/serving.knative.dev/v1/namespaces/${namespace}`;
    const look = () => this.#looks.forEach((one) => one());
    this.#services = new Watched<Service>(api, { path: `${serving}/services`, query: services }, look);
    this.#revisions = new Watched<Revision>(api, { path: `${serving}/revisions`, query: made }, look);
    this.#pods = new Watched<PodObject>(api, { path: `/api/v1/namespaces/${namespace}/pods`, query: made }, look);
  }

  /** The Services that there are, as far as it is known yet. */
  get objects(): Service[] {
    return this.#services.objects;
  }

  /** Their Revisions, likewise. */
  get revisions(): Revision[] {
    return this.#revisions.objects;
  }

  /** Whether it is known which Services and Revisions there are. */
  get listed(): boolean {
    return this.#services.listed && this.#revisions.listed;
  }

  /** Why the Services could not be asked for last; undefined as long as they could. */
  get failure(): string | undefined {
    return this.#services.failure;
  }

  /** The first verdict on a Service that is not `pending`, or the last one there is in time. */
  async final(name: string, { milliseconds, generation = 0, signal }: Awaited): Promise<Verdict> {
    const lookAt = () => {
      const service = this.#services.objects.find(({ metadata }) => metadata.name === name);
      if (service === undefined) return { ...unseen, reason: this.failure ?? unseen.reason };
      if ((service.metadata.generation ?? 0) < generation) return unseen;
      return verdict(service, this.#revisions.objects, this.#pods.objects);
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
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      this.#looks.delete(look);
    });
  }

  /** Ends the watches. */
  end(): void {
    for (const each of [this.#services, this.#revisions, this.#pods]) each.end();
  }
}
