import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { nothingLeft, readLeft, TaskJournal, type JournalTarget, type Left } from "../store/journal.ts";
import type { NewRun, RunState, RunStore, StoredRun } from "../store/runs.ts";
import { Stop } from "../executor/signals.ts";
import { log } from "./log.ts";

/** Signs of life for each lease; a run that was cancelled elsewhere is ended by the next one. */
const signsOfLife = 5;
/** Milliseconds for which the end of a run is tried to be written. */
const endPatience = 60_000;

/** Why a run is stopped that was ended by who may. */
export class Cancelled extends Stop {
  constructor() {
    super("the run was cancelled");
  }
}

/** Why a run is stopped that goes on in another executor. */
export class HandedOver extends Stop {}

/** A run that this process has. */
export interface ActiveRun {
  readonly journal: TaskJournal;
  /** Aborted with {@link Cancelled} or {@link HandedOver}. */
  readonly signal: AbortSignal;
  /** The run's id in the store; undefined until it is written down. */
  readonly id: string | undefined;
  /**
   * Writes down its end, behind the caller's back.
   *
   * @param tell called once it is certain that the run ended here, and so by one executor alone
   */
  end(state: RunState, result: unknown, tell: () => void): void;
  /** Lets another executor go on. */
  release(): Promise<void>;
  /** Leaves its end to who ended it. */
  forget(): void;
}

interface Entry {
  /** Names this execution in the store. */
  readonly owner: string;
  /** Known once the run is written down. */
  id: string | undefined;
  readonly controller: AbortController;
  /** Settled when this process no longer has the run. */
  readonly over: PromiseWithResolvers<void>;
}

/** The runs that this process has, and what the store is told of them. */
export class ActiveRuns {
  readonly #process = process.env.HOSTNAME ?? "executor";
  readonly #workflow: string;
  readonly #store: () => Promise<RunStore>;
  readonly #renewInterval: number;
  readonly #active = new Set<Entry>();
  readonly #ending = new Map<Promise<unknown>, string>();
  readonly #working = new Map<string, Promise<RunState>>();
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
    const entry = this.#newEntry();
    let beginning: Promise<string> | undefined;
    const begin = async (): Promise<string> => {
      const store = await this.#store();
      const row = { ...run, workflow: this.#workflow };
      if (await store.begin(row, entry.owner)) return run.id;
      // The id is its caller's, who may call several times in one run of its own.
      const other = `${run.id}.${randomBytes(4).toString("hex")}`;
      await store.begin({ ...row, id: other }, entry.owner);
      return other;
    };
    const begun = () => {
      beginning ??= begin().catch((error: unknown) => {
        beginning = undefined;
        throw error;
      });
      return beginning.then((id) => (entry.id = id));
    };
    begun().catch((error: Error) => this.#unwritten(run.id, error));
    return this.#activate(entry, run.id, begun, nothingLeft);
  }

  /** A run that was begun before, where it waits for an executor or its executor was lost. */
  async take(id: string): Promise<{ run: StoredRun; active: ActiveRun } | undefined> {
    const entry = this.#newEntry();
    entry.id = id;
    const store = await this.#store();
    const run = await store.take(this.#workflow, id, entry.owner);
    if (!run) return undefined;
    const left = await readLeft(store, this.#workflow, id).catch(async (error: unknown) => {
      await store.release(entry.owner).catch((failure: Error) => this.#unwritten(id, failure));
      throw error;
    });
    return { run, active: this.#activate(entry, id, () => Promise.resolve(id), left) };
  }

  /** Ends a run that was cancelled, where this process has it; where another has it, that is told by the store. */
  cancelled(id: string): void {
    for (const entry of this.#active) if (entry.id === id) entry.controller.abort(new Cancelled());
  }

  /** Waits until the end of a run is written, where this process is at it. */
  async written(id: string): Promise<void> {
    await Promise.all([...this.#ending].filter(([, ending]) => ending === id).map(([end]) => end));
  }

  /** The work at a run that nobody's request is needed for; undefined where this process is not at it. */
  working(id: string): Promise<RunState> | undefined {
    return this.#working.get(id);
  }

  /** Goes on with the work at a run, whether or not somebody waits for it. */
  work(id: string, work: Promise<RunState>): Promise<RunState> {
    this.#working.set(id, work);
    const done = () => void this.#working.delete(id);
    work.then(done, done);
    return work;
  }

  /** Lets other executors go on with the runs that this process has. Those that are not written down stay. */
  handOver(): void {
    for (const { id, controller } of this.#active) {
      if (id !== undefined) controller.abort(new HandedOver("this executor ends"));
    }
  }

  /** Waits until this process has no run any more, and all is written. */
  async settled(): Promise<void> {
    for (;;) {
      const active = [...this.#active].map(({ over }) => over.promise);
      const open = [...active, ...this.#working.values(), ...this.#ending.keys()];
      if (open.length === 0) return;
      await Promise.allSettled(open);
    }
  }

  #newEntry(): Entry {
    const owner = `${this.#process}-${randomBytes(8).toString("hex")}`;
    return { owner, id: undefined, controller: new AbortController(), over: Promise.withResolvers() };
  }

  #activate(entry: Entry, given: string, begun: () => Promise<string>, left: Left): ActiveRun {
    const { owner, over } = entry;
    const target = async (): Promise<JournalTarget> => {
      const id = await begun();
      return { store: await this.#store(), workflow: this.#workflow, id, owner };
    };
    const journal = new TaskJournal(target, left, (error) => this.#unwritten(given, error));
    const leave = () => {
      this.#active.delete(entry);
      over.resolve();
    };
    this.#active.add(entry);
    this.#timer ??= setInterval(() => void this.#renew(), this.#renewInterval).unref();
    return {
      journal,
      signal: entry.controller.signal,
      get id() {
        return entry.id;
      },
      end: (state, result, tell) => {
        const text = JSON.stringify(result ?? null);
        leave();
        const written = this.#writeEnd(given, journal, target, state, text);
        // Of a run that never was written down, no other executor knows.
        void this.#during(
          given,
          written.then((ended) => (ended ?? entry.id === undefined) && tell()),
        );
      },
      release: () => {
        leave();
        return this.#during(given, this.#writeRelease(given, journal, owner));
      },
      forget: () => {
        leave();
        void this.#during(given, journal.flush({ records: false }));
      },
    };
  }

  #during<T>(id: string, end: Promise<T>): Promise<T> {
    this.#ending.set(end, id);
    void end.finally(() => this.#ending.delete(end));
    return end;
  }

  async #writeRelease(runId: string, journal: TaskJournal, owner: string): Promise<void> {
    await journal.flush({ records: true });
    try {
      await (await this.#store()).release(owner);
    } catch (error) {
      // Its lease ends by itself.
      this.#unwritten(runId, error as Error);
    }
  }

  /** Whether this process was the one to end it; undefined where the store did not say so in time. */
  async #writeEnd(
    runId: string,
    journal: TaskJournal,
    target: () => Promise<JournalTarget>,
    state: RunState,
    result: string,
  ): Promise<boolean | undefined> {
    const deadline = performance.now() + endPatience;
    for (let delay = 100; ; delay = Math.min(delay * 2, 5_000)) {
      try {
        await journal.flush({ records: false });
        const { store, owner } = await target();
        const written = await store.finish(owner, state, result);
        if (!written) log("warn", "another executor has taken the run, or it was cancelled", { runId });
        return written;
      } catch (error) {
        if (performance.now() + delay > deadline) {
          this.#unwritten(runId, error as Error);
          return undefined;
        }
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
    const asked = [...this.#active].filter(({ id }) => id !== undefined);
    if (asked.length === 0) return;
    try {
      const store = await this.#store();
      const own = new Set(await store.renew(asked.map(({ owner }) => owner)));
      for (const { owner, id, controller } of asked) {
        if (own.has(owner)) continue;
        const run = await store.find(this.#workflow, id as string);
        controller.abort(run?.state === "cancelled" ? new Cancelled() : new HandedOver("this executor was silent"));
      }
    } catch (error) {
      log("warn", "the run store cannot be reached", { error: { message: (error as Error).message } });
    }
  }

  #unwritten(runId: string, error: Error): void {
    log("warn", "the run store could not be written to", { runId, error: { message: error.message } });
  }
}
