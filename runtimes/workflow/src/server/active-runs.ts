import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { TaskJournal, type JournalTarget } from "../store/journal.ts";
import type { NewRun, RunState, RunStore, StoredRun } from "../store/runs.ts";
import { log } from "./log.ts";

/** Signs of life for each lease; a run that was cancelled elsewhere is ended by the next one. */
const signsOfLife = 5;
/** Milliseconds for which the end of a run is tried to be written. */
const endPatience = 60_000;

/** A run that this process has. */
export interface ActiveRun {
  readonly journal: TaskJournal;
  /** Aborted where the run was cancelled, or another executor has taken it. */
  readonly signal: AbortSignal;
  /** Writes down its end, behind the caller's back. */
  end(state: RunState, result: unknown): void;
  /** Writes down how far it is, and lets another executor go on. */
  handOver(): Promise<void>;
  /** Leaves its end to who ended it. */
  forget(): void;
}

interface Entry {
  readonly id: () => string | undefined;
  readonly controller: AbortController;
}

/** The runs that this process has, and what the store is told of them. */
export class ActiveRuns {
  /** Names this process in the store. */
  readonly #owner = `${process.env.HOSTNAME ?? "executor"}-${randomBytes(4).toString("hex")}`;
  readonly #workflow: string;
  readonly #store: () => Promise<RunStore>;
  readonly #renewInterval: number;
  readonly #active = new Set<Entry>();
  readonly #ending = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param store gives the store, and fails where it cannot be reached
   * @param lease milliseconds after which another may take what this process has, where it says nothing
   */
  constructor(workflow: string, store: () => Promise<RunStore>, lease: number) {
    this.#workflow = workflow;
    this.#store = store;
    this.#renewInterval = lease / signsOfLife;
  }

  /** A run that begins here and now. It does not wait for the store. */
  begin(run: Omit<NewRun, "workflow">): ActiveRun {
    let id: string | undefined;
    let beginning: Promise<string> | undefined;
    const begin = async (): Promise<string> => {
      const store = await this.#store();
      const row = { ...run, workflow: this.#workflow };
      if (await store.begin(row, this.#owner)) return (id = run.id);
      // The id is its caller's, who may call several times in one run of its own.
      const other = `${run.id}.${randomBytes(4).toString("hex")}`;
      await store.begin({ ...row, id: other }, this.#owner);
      return (id = other);
    };
    const begun = () => {
      beginning ??= begin().catch((error: unknown) => {
        beginning = undefined;
        throw error;
      });
      return beginning;
    };
    begun().catch((error: Error) => this.#unwritten(run.id, error));
    return this.#activate(run.id, () => id, begun, []);
  }

  /** A run that was begun before, where it waits for an executor or its executor was lost. */
  async take(id: string): Promise<{ run: StoredRun; active: ActiveRun } | undefined> {
    const store = await this.#store();
    const run = await store.take(this.#workflow, id, this.#owner);
    if (!run) return undefined;
    const tasks = await store.tasks(this.#workflow, id);
    const active = this.#activate(
      id,
      () => id,
      () => Promise.resolve(id),
      tasks,
    );
    return { run, active };
  }

  /** Ends a run that was cancelled, where this process has it; where another has it, that is told by the store. */
  cancelled(id: string): void {
    for (const entry of this.#active) if (entry.id() === id) entry.controller.abort();
  }

  /** Waits until the end of a run is written, where this process is at it. */
  async written(id: string): Promise<void> {
    await this.#ending.get(id);
  }

  /** Waits until all ends are written. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending.values());
  }

  #activate(
    given: string,
    id: () => string | undefined,
    begun: () => Promise<string>,
    tasks: ConstructorParameters<typeof TaskJournal>[1],
  ): ActiveRun {
    const target = async (): Promise<JournalTarget> => {
      const own = await begun();
      return { store: await this.#store(), workflow: this.#workflow, id: own };
    };
    const journal = new TaskJournal(target, tasks, (error) => this.#unwritten(given, error));
    const entry: Entry = { id, controller: new AbortController() };
    this.#active.add(entry);
    this.#timer ??= setInterval(() => void this.#renew(), this.#renewInterval).unref();
    return {
      journal,
      signal: entry.controller.signal,
      end: (state, result) => {
        this.#active.delete(entry);
        const text = JSON.stringify(result ?? null);
        const end = this.#writeEnd(given, journal, target, state, text).finally(() => this.#ending.delete(given));
        this.#ending.set(given, end);
      },
      handOver: async () => {
        this.#active.delete(entry);
        await journal.flush({ records: true }).catch((error: Error) => this.#unwritten(given, error));
        const { store, id: own } = await target();
        await store.release(this.#workflow, own, this.#owner);
      },
      forget: () => {
        this.#active.delete(entry);
        journal.flush({ records: false }).catch((error: Error) => this.#unwritten(given, error));
      },
    };
  }

  async #writeEnd(
    runId: string,
    journal: TaskJournal,
    target: () => Promise<JournalTarget>,
    state: RunState,
    result: string,
  ): Promise<void> {
    const deadline = performance.now() + endPatience;
    for (let delay = 100; ; delay = Math.min(delay * 2, 5_000)) {
      try {
        await journal.flush({ records: false });
        const { store, id } = await target();
        const written = await store.finish({ workflow: this.#workflow, id }, this.#owner, state, result);
        if (!written) log("warn", "another executor has taken the run, or it was cancelled", { runId });
        return;
      } catch (error) {
        if (performance.now() + delay > deadline) return this.#unwritten(runId, error as Error);
        await sleep(delay);
      }
    }
  }

  async #renew(): Promise<void> {
    if (this.#active.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const asked = [...this.#active].filter((entry) => entry.id() !== undefined);
    try {
      const own = new Set(await (await this.#store()).renew(this.#owner));
      for (const entry of asked) if (!own.has(entry.id() as string)) entry.controller.abort();
    } catch (error) {
      log("warn", "the run store cannot be reached", { error: { message: (error as Error).message } });
    }
  }

  #unwritten(runId: string, error: Error): void {
    log("warn", "the run store could not be written to", { runId, error: { message: error.message } });
  }
}
