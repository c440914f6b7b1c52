import { createInterface } from "node:readline";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterApi } from "./cluster-api.ts";

/** Milliseconds before the API is asked again that could not be asked. */
const pause = 1000;
/** Seconds after which everything is asked again: an event that got lost would be waited for until the end. */
const resync = 15;

/** An object by which others are told apart. */
interface Named {
  readonly metadata: { readonly name: string };
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

type Change<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "ERROR"; readonly object: unknown };

/** Which objects are watched. */
export interface Selection {
  /** The path of a list of the API, such as `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  /** `labelSelector` or `fieldSelector`. */
  readonly query: Readonly<Record<string, string>>;
}

/** Objects of a cluster as they are now; the API server tells of changes as they come. */
export class Watched<T extends Named> {
  readonly #api: ClusterApi;
  readonly #selection: Selection;
  readonly #changed: () => void;
  readonly #resync: number;
  readonly #end = new AbortController();
  #objects = new Map<string, T>();

  /**
   * @param changed called after each change
   * @param resyncSeconds after which everything is asked again
   */
  constructor(api: ClusterApi, selection: Selection, changed: () => void, resyncSeconds = resync) {
    this.#api = api;
    this.#selection = selection;
    this.#changed = changed;
    this.#resync = resyncSeconds;
    void this.#watch();
  }

  /** The objects that there are, as far as it is known yet. */
  get objects(): T[] {
    return [...this.#objects.values()];
  }

  /** Whether the objects were listed once. */
  listed = false;

  /** Why the API could not be asked last; undefined as long as it could. */
  failure: string | undefined;

  /** Ends the watch. */
  end(): void {
    this.#end.abort();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#follow(await this.#list());
      } catch (error) {
        if (signal.aborted) return;
        this.failure = (error as Error).message;
        this.#changed();
        await delay(pause);
      }
    }
  }

  /** @returns what the list is as of */
  async #list(): Promise<string> {
    const { metadata, items } = (await json(await this.#get({}))) as List<T>;
    this.#objects = new Map(items.map((item) => [item.metadata.name, item]));
    this.failure = undefined;
    this.listed = true;
    this.#changed();
    return metadata.resourceVersion;
  }

  async #follow(resourceVersion: string): Promise<void> {
    const changes = await this.#get({ watch: "1", resourceVersion, timeoutSeconds: String(this.#resync) });
    for await (const line of createInterface({ input: changes })) {
      const change = JSON.parse(line) as Change<T>;
      // Such as a version that the server no longer has.
      if (change.type === "ERROR") return;
      const { name } = change.object.metadata;
      if (change.type === "DELETED") this.#objects.delete(name);
      else this.#objects.set(name, change.object);
      this.#changed();
    }
  }

  #get(query: Readonly<Record<string, string>>) {
    const { path, query: selected } = this.#selection;
    const tooLong = AbortSignal.timeout((this.#resync + 10) * 1000);
    const signal = AbortSignal.any([this.#end.signal, tooLong]);
    return this.#api.get(`${path}?${new URLSearchParams({ ...selected, ...query }).toString()}`, signal);
  }
}
