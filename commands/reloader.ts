import { digestAnnotation } from "../manifests/labels.ts";
import { mostPods, podsToReload } from "./awake-pods.ts";
import type { KubectlAccess } from "./kubectl.ts";
import { reloadPod, type ReloadAnswer, type ReloadRequest } from "./pod-reload.ts";
import { isReadyPod, serviceLabel, type PodObject } from "./verdict.ts";
import type { WatchedServices } from "./watched-services.ts";

/** Milliseconds of one look: what is followed is ended by its signal. */
const longestLook = 60_000;

/** Code for a Knative Service. */
export interface ServiceCode {
  /** The Knative Service's name. */
  readonly service: string;
  readonly object: string;
  readonly sha256: string;
}

/** The reason why code cannot be loaded, or how many pods took it. */
type Taken = { readonly refusal: string } | { readonly pods: number };

/** How code is brought into pods that are there. */
interface ReloaderOptions {
  readonly services: WatchedServices;
  readonly namespace: string;
  readonly access: Required<KubectlAccess>;
  readonly reload?: (access: Required<KubectlAccess>, request: ReloadRequest) => Promise<ReloadAnswer>;
}

/** Has the pods of Knative Services take other code, so that nobody waits for those of a new Revision. */
export class Reloader {
  readonly #options: Required<ReloaderOptions>;
  /** sha256 of the code that pods have taken, or were not able to. */
  readonly #codes = new Map<string, string>();
  /** By Service, the last request: one at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: ReloaderOptions) {
    this.#options = { reload: reloadPod, ...options };
  }

  /** Asks all pods that are awake. */
  reload(code: ServiceCode, signal?: AbortSignal): Promise<Taken> {
    return this.#inTurn(code, () => (signal?.aborted === true ? Promise.resolve({ pods: 0 }) : this.#reload(code)));
  }

  #inTurn<T>({ service }: ServiceCode, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(service) ?? Promise.resolve()).then(work);
    this.#turns.set(service, turn);
    return turn;
  }

  async #reload({ service, object, sha256 }: ServiceCode): Promise<Taken> {
    const { namespace, access, reload } = this.#options;
    const ask = async (pod: string) => {
      const answer = await reload(access, { namespace, pod, object, sha256 });
      if (answer.state !== "refused") this.#codes.set(pod, sha256);
      return answer;
    };
    const answers = await Promise.all(this.#pods(service, sha256).map(ask));
    const refused = answers.find((answer) => answer.state === "refused");
    if (refused !== undefined) return { refusal: refused.reason };
    return { pods: answers.filter(({ state }) => state === "reloaded").length };
  }

  /** Asks pods that become ready with other code as well, such as those of a Revision that is superseded already, until it is ended. */
  async follow(code: ServiceCode, signal: AbortSignal): Promise<void> {
    const { services } = this.#options;
    const isDue = () => !signal.aborted && this.#pods(code.service, code.sha256).length > 0;
    while (!signal.aborted) {
      if (!(await services.until(isDue, { milliseconds: longestLook, signal }))) continue;
      if ("refusal" in (await this.reload(code, signal))) return;
    }
  }

  /** Gives pods that took other code what their own Revision names again. */
  restore(code: ServiceCode): Promise<void> {
    return this.#inTurn(code, () => this.#restore(code));
  }

  async #restore(code: ServiceCode): Promise<void> {
    const changed = this.#options.services.pods.filter((pod) => {
      const { name, labels } = pod.metadata;
      const [own, taken] = [digestOf(pod), this.#codes.get(name)];
      return labels?.[serviceLabel] === code.service && own !== undefined && taken !== undefined && taken !== own;
    });
    await this.#giveBack(changed, code);
  }

  /** Gives pods of older Revisions what these name, whoever had them take this code. */
  async reset(code: ServiceCode): Promise<void> {
    // All of them: some may have come, or requests been split, since pods took it.
    const others = this.#options.services.pods.filter((pod) => {
      const own = digestOf(pod);
      return isReadyPod(pod) && pod.metadata.labels?.[serviceLabel] === code.service && own && own !== code.sha256;
    });
    await this.#giveBack(others, code);
  }

  async #giveBack(pods: readonly PodObject[], { object, sha256 }: ServiceCode): Promise<void> {
    const { namespace, access, reload } = this.#options;
    const giveBack = async (pod: PodObject) => {
      const own = digestOf(pod) ?? "";
      const { name } = pod.metadata;
      this.#codes.delete(name);
      await reload(access, { namespace, pod: name, object: object.replace(sha256, own), sha256: own, back: true });
    };
    for (let at = 0; at < pods.length; at += mostPods) await Promise.all(pods.slice(at, at + mostPods).map(giveBack));
  }

  /** Settled once no pod is asked any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  #pods(name: string, sha256: string): string[] {
    const { services } = this.#options;
    const service = services.objects.find(({ metadata }) => metadata.name === name);
    return service === undefined ? [] : podsToReload(service, services.pods, sha256, (pod) => this.#codes.get(pod));
  }
}

/** sha256 of the code that the pod's Revision names. */
function digestOf({ metadata }: PodObject): string | undefined {
  return metadata.annotations?.[digestAnnotation];
}
