import { request } from "undici";
import type { Definition } from "../definition/types.ts";
import type { TraceHeaders } from "./exchange.ts";
import { newTrace } from "./trace.ts";

/** Milliseconds after a call within which a function is taken to be awake: less than Knative lets a pod idle at least. */
const awakeFor = 20_000;
/** Milliseconds that a cold start may take before nobody waits for it. */
const patience = 60_000;

/**
 * Wakes functions, so that their cold starts happen at the same time: when a run starts those of later steps, and all when
 * the executor starts, as it seems, for a run. `metadata: { knflow: { wake: false } }` of the document leaves them asleep.
 */
export class Waker {
  readonly #first: readonly string[];
  readonly #later: readonly string[];
  readonly #called = new Map<string, number>();

  /** @param addresses the functions' addresses by name */
  constructor(definition: Definition, addresses: Readonly<Record<string, string>>) {
    const names = wakes(definition) ? calledIn(definition.do) : [];
    const known = (some: readonly string[]) => some.flatMap((name) => addresses[name] ?? []);
    this.#first = known(names.slice(0, 1));
    this.#later = known(names.slice(1));
  }

  /** Asks each function of a later step that may be asleep whether it is ready, and waits for none. */
  wakeLaterSteps(trace: TraceHeaders): void {
    this.#wake(this.#later, trace);
  }

  /** Asks all functions, when the pod starts: Knative passes the run's request on only once it knows that the pod is ready. */
  wakeAll(): void {
    this.#wake([...this.#first, ...this.#later], newTrace());
  }

  #wake(addresses: readonly string[], trace: Pick<TraceHeaders, "traceparent">): void {
    const now = performance.now();
    for (const address of addresses) {
      if (now - (this.#called.get(address) ?? -Infinity) < awakeFor) continue;
      this.#called.set(address, now);
      void wakeOne(address, trace).then((isAwake) => isAwake || this.#called.delete(address));
    }
  }
}

async function wakeOne(address: string, trace: Pick<TraceHeaders, "traceparent">): Promise<boolean> {
  try {
    const answer = await request(`${address}/health`, { headers: { ...trace }, signal: AbortSignal.timeout(patience) });
    await answer.body.dump();
    return answer.statusCode < 500;
  } catch {
    // The step that calls it says what is wrong.
    return false;
  }
}

function wakes({ document }: Definition): boolean {
  const metadata = document.metadata as { knflow?: { wake?: unknown } | null } | undefined;
  return metadata?.knflow?.wake !== false;
}

/** The names of functions in the order in which the definition names them first. */
function calledIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { call } = value as { call?: unknown };
  const own = typeof call === "string" ? [call] : [];
  return [...new Set([...own, ...Object.values(value).flatMap(calledIn)])];
}
