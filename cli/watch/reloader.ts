import type { KubectlAccess } from "../../commands/kubectl.ts";
import { serviceLabel } from "../../commands/verdict.ts";
import type { WatchedServices } from "../../commands/watched-services.ts";
import { digestAnnotation } from "../../manifests/labels.ts";
import type { ServiceObject } from "../status/service-status.ts";
import { podsToReload } from "./awake-pods.ts";
import { reloadPod, type ReloadAnswer, type ReloadRequest } from "./pod-reload.ts";

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
  readonly services: WatchedServices<ServiceObject>;
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

  async #restore({ service, object, sha256 }: ServiceCode): Promise<void> {
    const { services, namespace, access, reload } = this.#options;
    const changed = services.pods.flatMap(({ metadata: { name, labels, annotations } }) => {
      const [own, code] = [annotations?.[digestAnnotation], this.#codes.get(name)];
      const isChanged = labels?.[serviceLabel] === service && own !== undefined && code !== undefined && code !== own;
      return isChanged ? [[name, own] as const] : [];
    });
    const restored = changed.map(async ([pod, own]) => {
      this.#codes.delete(pod);
      await reload(access, { namespace, pod, object: object.replace(sha256, own), sha256: own });
    });
    await Promise.all(restored);
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
