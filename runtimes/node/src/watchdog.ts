import { Worker } from "node:worker_threads";
import type { Settings } from "./settings.ts";
import { answering, clockOffset, idle, inHandler, longestRunId, makeShared, type Shared } from "./shared.ts";

/** What the watchdog's thread is told at its start. */
export interface WatchdogData {
  readonly shared: Shared;
  readonly settings: Settings;
  /** When the code must be loaded, on the clock that all threads share. */
  readonly loadDeadline: number;
  readonly terminationLog: string;
}

const beatMilliseconds = 1000;

/**
 * The server's side of the watchdog: a thread that holds the timeouts where a handler blocks the event loop. See
 * docs/adr/0030-node-runtime.md.
 */
export class Watchdog {
  readonly #shared = makeShared();
  readonly #id = Buffer.from(this.#shared.id.buffer);
  readonly #offset = clockOffset();

  constructor(settings: Settings, terminationLog: string) {
    const loadDeadline = performance.now() + this.#offset + settings.loadTimeoutSeconds * 1000;
    const workerData: WatchdogData = { shared: this.#shared, settings, loadDeadline, terminationLog };
    const thread = new Worker(new URL("./watchdog-thread.ts", import.meta.url), {
      workerData,
      name: "watchdog",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    thread.unref();
  }

  /** The code is loaded: from now on calls and the event loop are watched. */
  serve(): void {
    const { stage, beat } = this.#shared;
    const sign = () => (beat[0] = performance.now() + this.#offset);
    sign();
    setInterval(sign, beatMilliseconds).unref();
    Atomics.store(stage, 0, idle);
  }

  /**
   * A call's handler is entered.
   *
   * @param socket the descriptor of its connection
   * @param begun on the clock of `performance.now()`
   */
  enter(runId: string, socket: number, begun: number): void {
    const shared = this.#shared;
    shared.begun[0] = shared.beat[0] = begun + this.#offset;
    shared.socket[0] = socket;
    shared.idLength[0] = this.#id.write(runId, 0, longestRunId, "latin1");
    Atomics.store(shared.stage, 0, inHandler);
  }

  /**
   * The handler has returned, if only a promise: the event loop goes on.
   *
   * @returns whether the call is still to be answered; otherwise the watchdog has done it
   */
  leave(): boolean {
    const { stage } = this.#shared;
    if (Atomics.compareExchange(stage, 0, inHandler, idle) === inHandler) return true;
    Atomics.wait(stage, 0, answering, 1000);
    Atomics.store(stage, 0, idle);
    return false;
  }
}
