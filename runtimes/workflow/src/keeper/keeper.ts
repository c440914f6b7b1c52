import { request } from "undici";
import { newAgent } from "../server/exchange.ts";
import { log } from "../server/log.ts";
import type { RunStore } from "../store/runs.ts";
import type { KeeperSettings } from "./settings.ts";

/** Milliseconds between two looks at the store. */
const pollInterval = 500;
/** Runs that are brought to executors at the same time; how many executors there are is Knative's to say. */
const mostAtATime = 200;
/** Milliseconds before a run whose executor cannot be reached is tried again: the first time, and at most. */
const [firstRetry, longestRetry] = [1_000, 60_000];
const hour = 60 * 60 * 1000;

type Waiting = Awaited<ReturnType<RunStore["waiting"]>>[number];

/**
 * Asks workflows to continue runs that no executor has: those that were started asynchronously, those handed over, and those
 * whose executor was lost. It holds the request as long as the run takes, so that Knative keeps a pod for it.
 */
export class RunKeeper {
  readonly #store: () => Promise<RunStore>;
  readonly #settings: KeeperSettings;
  readonly #agent = newAgent(0);
  /** Runs that are being asked for, and runs to be left alone for a while. */
  readonly #busy = new Set<string>();
  readonly #failures = new Map<string, number>();
  #pruneAt = 0;
  #healthy = true;

  constructor(store: () => Promise<RunStore>, settings: KeeperSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  /** Whether it reached the store when it looked last. */
  get healthy(): boolean {
    return this.#healthy;
  }

  start(): void {
    void this.#look().finally(() => setTimeout(() => this.start(), pollInterval));
  }

  async #look(): Promise<void> {
    try {
      const store = await this.#store();
      for (const run of await store.waiting(mostAtATime)) {
        if (this.#busy.size >= mostAtATime) break;
        if (!this.#busy.has(keyOf(run))) void this.#bring(run);
      }
      if (Date.now() >= this.#pruneAt) {
        const age = Math.ceil(this.#settings.retentionDays * 24 * hour);
        const removed = await store.prune(age);
        if (removed > 0) log("info", "old runs removed", { runs: removed });
        this.#pruneAt = Date.now() + Math.min(hour, age);
      }
      this.#healthy = true;
    } catch (error) {
      if (this.#healthy)
        log("warn", "the run store cannot be reached", { error: { message: (error as Error).message } });
      this.#healthy = false;
    }
  }

  async #bring(run: Waiting): Promise<void> {
    const key = keyOf(run);
    this.#busy.add(key);
    const problem = await this.#ask(run);
    if (problem === undefined) {
      this.#failures.delete(key);
      this.#busy.delete(key);
      return;
    }
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delay = Math.min(firstRetry * 2 ** (failures - 1), longestRetry);
    log("warn", "a run could not be continued, trying again", {
      runId: run.id,
      workflow: run.workflow,
      delayMs: delay,
      error: { message: problem },
    });
    setTimeout(() => this.#busy.delete(key), delay);
  }

  /** @returns what is wrong, or undefined where an executor had the run */
  async #ask({ workflow, id }: Waiting): Promise<string | undefined> {
    const address = this.#settings.workflowAddress.replace("{name}", workflow);
    try {
      const answer = await request(`${address}/runs/${id}/continue`, {
        method: "POST",
        headers: { "x-knflow-run-id": id },
        dispatcher: this.#agent,
      });
      await answer.body.dump();
      // A conflict says that another executor has it by now.
      if (answer.statusCode < 300 || answer.statusCode === 409) return undefined;
      return `${address} answered ${answer.statusCode}`;
    } catch (error) {
      return `${address}: ${(error as Error).message}`;
    }
  }
}

function keyOf({ workflow, id }: Waiting): string {
  return `${workflow}/${id}`;
}
