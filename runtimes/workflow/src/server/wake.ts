import { request } from "undici";
import type { Definition } from "../definition/types.ts";
import type { TraceHeaders } from "./exchange.ts";

/** Milliseconds after a call within which a function is taken to be awake: less than Knative lets a pod idle at least. */
const awakeFor = 20_000;
/** Milliseconds that a cold start may take before nobody waits for it. */
const patience = 60_000;

/**
 * Wakes the functions of later steps when a run starts, so that their cold starts happen at the same time as the first
 * step's. `metadata: { knflow: { wake: false } }` of the document leaves them asleep.
 */
export class Waker {
  readonly #addresses: readonly string[];
  readonly #called = new Map<string, number>();

  /** @param addresses the functions' addresses by name */
  constructor(definition: Definition, addresses: Readonly<Record<string, string>>) {
    const [, ...later] = wakes(definition) ? calledIn(definition.do) : [];
    this.#addresses = later.flatMap((name) => addresses[name] ?? []);
  }

  /** Asks each function that may be asleep whether it is ready, and waits for none. */
  wake(trace: TraceHeaders): void {
    const now = performance.now();
    for (const address of this.#addresses) {
      if (now - (this.#called.get(address) ?? -Infinity) < awakeFor) continue;
      this.#called.set(address, now);
      void wakeOne(address, trace);
    }
  }
}

async function wakeOne(address: string, trace: TraceHeaders): Promise<void> {
  try {
    const answer = await request(`${address}/health`, { headers: { ...trace }, signal: AbortSignal.timeout(patience) });
    await answer.body.dump();
  } catch {
    // The step that calls it says what is wrong.
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
