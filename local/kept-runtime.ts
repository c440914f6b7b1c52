import { setTimeout as pause } from "node:timers/promises";
import { RuntimeProcess, type LineListener, type RuntimeSpec } from "./runtime-process.ts";

/** Who is told how it goes. */
export interface RuntimeListeners {
  readonly onLine: LineListener;
  /** Told, in one line, what happened to a process by itself. */
  readonly onNotice: (message: string) => void;
}

/** Milliseconds before a process that ended is started again: the first time, and at most. */
const [firstPause, longestPause] = [250, 8000];
/** Milliseconds of running after which the next end counts as the first. */
const calm = 30_000;

/** A runtime that is started again where its process ends by itself, as Kubernetes does with a container. */
export class KeptRuntime {
  readonly #spec: RuntimeSpec;
  readonly #listeners: RuntimeListeners;
  readonly #stopped = new AbortController();
  #process: RuntimeProcess | undefined;
  #keeping: Promise<void> | undefined;

  private constructor(spec: RuntimeSpec, listeners: RuntimeListeners) {
    this.#spec = spec;
    this.#listeners = listeners;
  }

  /**
   * @param signal gives the start up
   * @throws UserError with the runtime's own reason where it cannot load its code
   */
  static async start(spec: RuntimeSpec, listeners: RuntimeListeners, signal: AbortSignal): Promise<KeptRuntime> {
    const kept = new KeptRuntime(spec, listeners);
    kept.#process = await RuntimeProcess.start(spec, listeners.onLine, signal);
    kept.#keeping = kept.#keep(kept.#process);
    return kept;
  }

  /** Where it listens; nothing while it is started again. */
  get url(): string | undefined {
    return this.#process?.url;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#process?.stop();
    await this.#keeping;
  }

  async #keep(first: RuntimeProcess): Promise<void> {
    const { onNotice } = this.#listeners;
    let current: RuntimeProcess | undefined = first;
    let failures = 0;
    while (current !== undefined) {
      const since = performance.now();
      const how = await current.ended;
      this.#process = undefined;
      if (this.#stopped.signal.aborted) return;
      if (performance.now() - since > calm) failures = 0;
      onNotice(`${this.#spec.name} ended by itself (${how}); it is started again`);
      await current.stop();
      current = undefined;
      while (current === undefined && !this.#stopped.signal.aborted) {
        current = await this.#startAgain(Math.min(firstPause * 2 ** failures, longestPause));
        failures += 1;
      }
    }
  }

  async #startAgain(milliseconds: number): Promise<RuntimeProcess | undefined> {
    const { signal } = this.#stopped;
    try {
      await pause(milliseconds, undefined, { signal });
      this.#process = await RuntimeProcess.start(this.#spec, this.#listeners.onLine, signal);
      return this.#process;
    } catch (error) {
      if (!signal.aborted) this.#listeners.onNotice(`${(error as Error).message}; it is tried again`);
      return undefined;
    }
  }
}
