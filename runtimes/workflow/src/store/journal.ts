import type { TaskRecord, TaskRecords } from "../executor/environment.ts";
import type { RunStore, StoredTask } from "./runs.ts";

/** Milliseconds from a change until it is written: a run that is shorter writes its tasks once, without their records. */
const delay = 250;
/** Milliseconds until what could not be written is tried again. */
const retryDelay = 1000;
/** Characters of JSON beyond which a task's record is not kept: the task runs again where its run is taken up. */
const largestRecord = 1024 * 1024;

/** A run in a store. */
export interface JournalTarget {
  readonly store: RunStore;
  readonly workflow: string;
  readonly id: string;
}

interface Entry {
  readonly position: number;
  started: number;
  duration: number | null;
  error: string | null;
  record: TaskRecord | undefined;
}

/**
 * What a run writes down of its tasks. It never waits for the store: what is lost with an executor only runs again.
 */
export class TaskJournal implements TaskRecords {
  readonly #target: () => Promise<JournalTarget>;
  readonly #failed: (error: Error) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #found = new Map<string, TaskRecord>();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param target where to write; asked for at each write, and may fail
   * @param before what an executor before this one has left of the run
   * @param failed told when the store could not be written to; it is tried again
   */
  constructor(target: () => Promise<JournalTarget>, before: readonly StoredTask[], failed: (error: Error) => void) {
    this.#target = target;
    this.#failed = failed;
    for (const [position, { key, started, duration, error, record }] of before.entries()) {
      const parsed = record === null ? undefined : (JSON.parse(record) as TaskRecord);
      if (parsed) this.#found.set(key, parsed);
      this.#entries.set(key, { position, started, duration, error, record: parsed });
    }
  }

  find(key: string): Promise<TaskRecord | undefined> {
    return Promise.resolve(this.#found.get(key));
  }

  keep(key: string, record: TaskRecord): Promise<void> {
    this.#change(key, { record });
    return Promise.resolve();
  }

  started(key: string): void {
    this.#change(key, { started: Date.now(), duration: null, error: null });
  }

  ended(key: string, milliseconds: number, error: Error | undefined): void {
    this.#change(key, { duration: Math.round(milliseconds), error: error?.message ?? null });
  }

  /** Writes what is not written yet. @param records whether the run may be taken up later, so that it needs them */
  async flush({ records }: { records: boolean }): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#writing.then(() => this.#write(records));
    this.#writing = written.then(() => undefined);
    if (!(await written)) throw new Error("the run store could not be written to");
  }

  #change(key: string, change: Partial<Entry>): void {
    const entry = this.#entries.get(key);
    if (entry) Object.assign(entry, change);
    else {
      const fresh = { started: Date.now(), duration: null, error: null, record: undefined };
      this.#entries.set(key, { position: this.#entries.size, ...fresh, ...change });
    }
    this.#changed.add(key);
    this.#timer ??= setTimeout(() => this.#later(), delay);
  }

  #later(): void {
    this.#writing = this.#writing.then(async () => {
      const written = await this.#write(true);
      const next = written ? delay : retryDelay;
      this.#timer = this.#changed.size === 0 ? undefined : setTimeout(() => this.#later(), next);
    });
  }

  /** @returns whether it could */
  async #write(records: boolean): Promise<boolean> {
    if (this.#changed.size === 0) return true;
    const keys = [...this.#changed];
    this.#changed = new Set();
    const rows = keys.map((key) => {
      const { record, ...entry } = this.#entries.get(key) as Entry;
      return { key, ...entry, record: records ? textOf(record) : null };
    });
    try {
      const { store, workflow, id } = await this.#target();
      await store.saveTasks(workflow, id, rows);
      return true;
    } catch (error) {
      for (const key of keys) this.#changed.add(key);
      this.#failed(error as Error);
      return false;
    }
  }
}

function textOf(record: TaskRecord | undefined): string | null {
  const text = record === undefined ? null : JSON.stringify(record);
  return text !== null && text.length > largestRecord ? null : text;
}
