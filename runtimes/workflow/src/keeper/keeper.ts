import { Agent, request } from "undici";
import { log } from "../server/log.ts";
import { KeeperToken, keeperTokenHeader } from "../store/keeper-token.ts";
import type { RunStore } from "../store/runs.ts";
import type { KeeperSettings } from "./settings.ts";

/** Milliseconds between two looks at the store. */
const pollInterval = 500;
/** Runs that are brought to executors at one look. */
const mostAtOnce = 100;
/** Milliseconds before a run whose executor cannot be reached is tried again: the first time, and at most. */
const [firstRetry, longestRetry] = [1_000, 60_000];
const hour = 60 * 60 * 1000;
/** Milliseconds in which runs that waited for the store, or for this process, are brought to executors before any of them is removed. */
const settling = 10 * 60 * 1000;

type Claimed = Awaited<ReturnType<RunStore["claim"]>>[number];

/**
 * Asks workflows to continue runs that no executor has: those that were started asynchronously, and those whose executor was
 * lost. It holds the request as long as the run takes, so that Knative keeps a pod for it.
 */
export class RunKeeper {
  readonly #store: () => Promise<RunStore>;
  readonly #settings: KeeperSettings;
  readonly #token: string;
  /** An answer comes when a run ends. */
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  /** Requests that are held, by run. */
  readonly #held = new Map<string, AbortController>();
  /**
   * Milliseconds after which an executor that has not taken a run that was brought to it, or says nothing of one that it has,
   * is taken for lost, and the run is brought to who answers then. A cold start may take longer: the new request waits for it
   * as the one before did.
   */
  readonly #patience: number;
  readonly #failures = new Map<string, number>();
  /** Milliseconds that runs are kept. */
  readonly #retention: number;
  #pruneAt = 0;
  /** From when on a run that nobody could take up is removed. */
  #settledFrom: number;
  /** From when on an executor that says nothing is taken for lost: the store may have been away, or this process. */
  #lostFrom: number;
  #healthy = true;

  constructor(store: () => Promise<RunStore>, settings: KeeperSettings) {
    this.#store = store;
    this.#settings = settings;
    this.#token = new KeeperToken(settings.storeUrl).value;
    this.#patience = settings.leaseSeconds * 1000;
    this.#lostFrom = Date.now() + this.#patience;
    this.#retention = Math.ceil(settings.retentionDays * 24 * hour);
    this.#settledFrom = this.#afterSettling();
  }

  /** Whether it reached the store when it looked last. */
  get healthy(): boolean {
    return this.#healthy;
  }

  #afterSettling(): number {
    return Date.now() + Math.min(settling, this.#retention);
  }

  start(): void {
    void this.#look().finally(() => setTimeout(() => this.start(), pollInterval));
  }

  async #look(): Promise<void> {
    const now = Date.now();
    try {
      const store = await this.#store();
      for (const run of await store.claim(mostAtOnce, this.#patience, now >= this.#lostFrom))
        void this.#bring(store, run);
      if (now >= this.#pruneAt) {
        this.#pruneAt = now + Math.min(hour, this.#retention);
        const removed = await store.prune(this.#retention, now >= this.#settledFrom);
        if (removed > 0) log("info", "old runs removed", { runs: removed });
      }
      this.#healthy = true;
    } catch (error) {
      this.#lostFrom = Date.now() + this.#patience;
      this.#settledFrom = this.#afterSettling();
      if (this.#healthy)
        log("warn", "the run store cannot be reached", { error: { message: (error as Error).message } });
      this.#healthy = false;
    }
  }

  async #bring(store: RunStore, run: Claimed): Promise<void> {
    const key = `${run.workflow}/${run.id}`;
    // What is held for it leads to an executor that is lost.
    this.#held.get(key)?.abort();
    const controller = new AbortController();
    this.#held.set(key, controller);
    let answer: number | string;
    do answer = await this.#ask(run, controller.signal);
    while (answer === 202);
    if (this.#held.get(key) !== controller) return;
    this.#held.delete(key);
    // A conflict says that another executor has it by now.
    if (typeof answer === "number" && (answer < 300 || answer === 409)) return void this.#failures.delete(key);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const delayMs = Math.min(firstRetry * 2 ** (failures - 1), longestRetry);
    const error = { message: `${this.#address(run)} ${typeof answer === "number" ? `answered ${answer}` : answer}` };
    const { id: runId, workflow } = run;
    log("warn", "a run could not be continued, trying again", { runId, workflow, delayMs, error });
    // Where the store is away, the claim ends by itself.
    await store.postpone(workflow, runId, delayMs).catch(() => undefined);
  }

  #address({ workflow }: Claimed): string {
    return this.#settings.workflowAddress.replace("{name}", workflow);
  }

  /** @returns the answer's status, or why there is none */
  async #ask(run: Claimed, signal: AbortSignal): Promise<number | string> {
    try {
      const answer = await request(`${this.#address(run)}/runs/${run.id}/continue`, {
        method: "POST",
        headers: { "x-knflow-run-id": run.id, [keeperTokenHeader]: this.#token },
        dispatcher: this.#agent,
        signal,
      });
      await answer.body.dump();
      return answer.statusCode;
    } catch (error) {
      return `cannot be reached: ${(error as Error).message}`;
    }
  }
}
