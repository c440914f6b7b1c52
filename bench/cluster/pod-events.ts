import { createInterface } from "node:readline";
import { json } from "node:stream/consumers";
import type { ClusterApi } from "../../commands/cluster-api.ts";
import { waitFor } from "../../test/runtime/support/wait.ts";

/** Something that happened to a pod, and when this process was told; the objects themselves have whole seconds only. */
export interface Happened {
  /** Milliseconds, as `Date.now()`. */
  readonly at: number;
  readonly what: string;
}

interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly reason?: string;
    readonly involvedObject?: { readonly fieldPath?: string };
    readonly spec?: { readonly nodeName?: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
}

/** Follows the pods of a service, and the events of its namespace, until it is ended. */
export class PodEvents {
  readonly seen: Happened[] = [];
  readonly #ended = new AbortController();

  static async follow(api: ClusterApi, namespace: string, service: string): Promise<PodEvents> {
    const events = new PodEvents();
    const pods = new URLSearchParams({ watch: "true", labelSelector: `serving.knative.dev/service=${service}` });
    await events.#follow(api, `/api/v1/namespaces/${namespace}/pods?${pods.toString()}`);
    const { resourceVersion } = await newest(api, namespace);
    const ofPods = new URLSearchParams({ watch: "true", resourceVersion, fieldSelector: "involvedObject.kind=Pod" });
    await events.#follow(api, `/api/v1/namespaces/${namespace}/events?${ofPods.toString()}`);
    return events;
  }

  async #follow(api: ClusterApi, path: string): Promise<void> {
    const answer = await api.get(path, this.#ended.signal);
    const lines = createInterface({ input: answer });
    // That it was ended.
    lines.on("error", () => undefined);
    lines.on("line", (line) => {
      const at = Date.now();
      for (const what of happenings(JSON.parse(line) as WatchLine)) {
        if (!this.seen.some((one) => one.what === what)) this.seen.push({ at, what });
      }
    });
  }

  /** When something happened first; waits until it is told. */
  async at(what: string): Promise<number> {
    const { at } = await waitFor(`the cluster to tell when it was ${what}`, () => {
      return this.seen.find((one) => one.what === what);
    });
    return at;
  }

  end(): void {
    this.#ended.abort();
  }
}

async function newest(api: ClusterApi, namespace: string): Promise<{ resourceVersion: string }> {
  const answer = await api.get(`/api/v1/namespaces/${namespace}/events?limit=1`, AbortSignal.timeout(10_000));
  return ((await json(answer)) as { metadata: { resourceVersion: string } }).metadata;
}

/** What a line of a watch tells, such as `created`, `scheduled`, `sandbox`, `Started user-container`, `ready`. */
export function happenings({ object }: WatchLine): string[] {
  if (object.kind === "Event") {
    const container = /\{(.+)\}/.exec(object.involvedObject?.fieldPath ?? "")?.[1];
    return [`${object.reason}${container === undefined ? "" : ` ${container}`}`];
  }
  const met = (type: string) => object.status?.conditions?.some((one) => one.type === type && one.status === "True");
  return [
    "created",
    ...(object.spec?.nodeName === undefined ? [] : ["scheduled"]),
    ...(met("PodReadyToStartContainers") ? ["sandbox"] : []),
    ...(met("Ready") ? ["ready"] : []),
  ];
}
