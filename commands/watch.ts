import { createInterface } from "node:readline";
import { execa } from "execa";
import { clusterFlags } from "./kubectl.ts";

/** Milliseconds before a watch that broke off is begun again. */
const pause = 1000;

/** A change of an object that is watched. */
interface Change<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/** An object by which others are told apart. */
interface Named {
  readonly metadata: { readonly name: string };
}

/**
 * Objects of the stack's cluster as they are now. One kubectl tells of changes as they come: asking again and again would take
 * the processors from the very Pods that are waited for, the more so the more is deployed at once.
 */
export class Watched<T extends Named> {
  readonly #objects = new Map<string, T>();
  readonly #end = new AbortController();
  readonly #changed: () => void;
  readonly #resync: number;

  /**
   * @param what as for `kubectl get`
   * @param changed called after each change
   * @param resync milliseconds after which a watch is begun again: an event that got lost would be waited for until the end
   */
  constructor(what: readonly string[], changed: () => void, resync = 15_000) {
    this.#changed = changed;
    this.#resync = resync;
    void this.#watch(what);
  }

  /** The objects that there are, as far as kubectl has told yet. */
  get objects(): T[] {
    return [...this.#objects.values()];
  }

  /** What kubectl said when it last could not go on; undefined as long as it could. */
  failure: string | undefined;

  /** Ends the watch. */
  end(): void {
    this.#end.abort();
  }

  async #watch(what: readonly string[]): Promise<void> {
    const { signal } = this.#end;
    const args = [...clusterFlags(process.env), "get", ...what, "--watch", "--output-watch-events", "-o", "json"];
    while (!signal.aborted) {
      const old = AbortSignal.timeout(this.#resync);
      const child = execa("kubectl", args, {
        stdin: "ignore",
        buffer: { stdout: false },
        reject: false,
        cancelSignal: AbortSignal.any([signal, old]),
      });
      let first = true;
      for await (const line of createInterface({ input: child.stdout })) {
        const change = parsed<T>(line);
        if (change === undefined || signal.aborted) continue;
        // It begins with all that there is.
        if (first) this.#objects.clear();
        first = false;
        this.#apply(change);
      }
      const { stderr, failed, code } = await child;
      if (signal.aborted) return;
      if (old.aborted) continue;
      if (failed) this.failure = code === "ENOENT" ? "kubectl is not on PATH" : stderr.trim();
      // What is deleted meanwhile, nobody tells.
      this.#objects.clear();
      this.#changed();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #apply({ type, object }: Change<T>): void {
    const { name } = object.metadata;
    if (type === "DELETED") this.#objects.delete(name);
    else this.#objects.set(name, object);
    this.failure = undefined;
    this.#changed();
  }
}

/** A change as kubectl wrote it; none of a line that it did not finish before it ended. */
function parsed<T>(line: string): Change<T> | undefined {
  try {
    return JSON.parse(line) as Change<T>;
  } catch {
    return undefined;
  }
}
