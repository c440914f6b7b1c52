import { setTimeout as sleep } from "node:timers/promises";
import type { TaskRecord, TaskRecords } from "../executor/environment.ts";
import { shortened } from "../executor/problem.ts";
import type { PlacedTask, RunStore, StoredTask } from "./runs.ts";

/** Milliseconds from a change until it is written: a run that is shorter writes its tasks once, without their records. */
const delay = 250;
/** Milliseconds until what could not be written is tried again. */
const retryDelay = 1000;
/** Characters of JSON beyond which a task's record is not kept: the task runs again where its run is taken up. */
const largestRecord = 1024 * 1024;
/** Characters of records and errors, and tasks, that are written by one statement. */
const [largestBatch, longestBatch] = [4 * 1024 * 1024, 500];
/** Characters of records that wait for a store that is away; what is beyond is not kept. */
const largestBacklog = 32 * 1024 * 1024;
/** Characters of a key beyond which a database's index may not take it. */
const longestKey = 600;

/** Milliseconds for which a record that is there is asked for, before its task runs again. */
const findPatience = 60_000;

/** What an executor before has left of a run. The records stay in the store until the run comes to their tasks. */
export interface Left {
  readonly tasks: readonly StoredTask[];
  /** The keys that have a record. */
  readonly recorded: ReadonlySet<string>;
  /** The highest number of an export. */
  readonly exports: number;
}

export const nothingLeft: Left = { tasks: [], recorded: new Set(), exports: 0 };

/** Reads what is left of a run, never holding more than a few records. */
export async function readLeft(store: RunStore, workflow: string, id: string): Promise<Left> {
  const recorded = new Set<string>();
  let exports = 0;
  for await (const { key, record } of store.records(workflow, id)) {
    const found = JSON.parse(record) as TaskRecord;
    recorded.add(key);
    if ("exported" in found) exports = Math.max(exports, found.exported ?? 0);
  }
  return { tasks: await store.tasks(workflow, id), recorded, exports };
}

/** A run in a store. */
export interface JournalTarget {
  readonly store: RunStore;
  readonly workflow: string;
  readonly id: string;
  readonly owner: string;
}

interface Entry {
  readonly position: number;
  started: number;
  duration: number | null;
  error: string | null;
  /** What is not written yet. */
  record: TaskRecord | undefined;
}

/**
 * What a run writes down of its tasks. It never waits for the store: what is lost with an executor only runs again.
 */
export class TaskJournal implements TaskRecords {
  readonly #target: () => Promise<JournalTarget>;
  readonly #failed: (error: Error) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #recorded: ReadonlySet<string>;
  /** As {@link TaskRecords} has it. */
  readonly exports: number;
  #placed = 0;
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /**
   * @param target where to write; asked for at each write, and may fail
   * @param before what an executor before this one has left of the run
   * @param failed told when the store could not be written to; it is tried again
   */
  constructor(target: () => Promise<JournalTarget>, before: Left, failed: (error: Error) => void) {
    this.#target = target;
    this.#failed = failed;
    this.#recorded = before.recorded;
    this.exports = before.exports;
    for (const { key, started, duration, error } of before.tasks) {
      this.#entries.set(key, { position: this.#placed++, started, duration, error, record: undefined });
    }
  }

  async find(key: string): Promise<TaskRecord | undefined> {
    if (!this.#recorded.has(key)) return undefined;
    for (const deadline = performance.now() + findPatience; ;) {
      try {
        const { store, workflow, id } = await this.#target();
        const record = await store.record(workflow, id, key);
        return record === undefined ? undefined : (JSON.parse(record) as TaskRecord);
      } catch (error) {
        this.#failed(error as Error);
        if (performance.now() > deadline) return undefined;
        await sleep(retryDelay);
      }
    }
  }

  keep(key: string, record: TaskRecord): Promise<void> {
    this.#change(key, { record });
    return Promise.resolve();
  }

  started(key: string): void {
    this.#change(key, { started: Date.now(), duration: null, error: null });
  }

  ended(key: string, milliseconds: number, error: Error | undefined): void {
    const text = error === undefined ? null : shortened(error.message).replaceAll("\0", "\uFFFD");
    this.#change(key, { duration: Math.round(milliseconds), error: text });
  }

  /**
   * Writes what is not written yet.
   *
   * @param records whether the run may be taken up later, so that it needs them
   * @returns whether it could
   */
  async flush({ records }: { records: boolean }): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#writing.then(() => this.#write(records));
    this.#writing = written;
    return written;
  }

  #change(key: string, change: Partial<Entry>): void {
    if (key.length > longestKey) return;
    const entry = this.#entries.get(key);
    if (entry) Object.assign(entry, change);
    else {
      const fresh = { started: Date.now(), duration: null, error: null, record: undefined };
      this.#entries.set(key, { position: this.#placed++, ...fresh, ...change });
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

  /** Never fails, since nobody waits for it. @returns whether it could */
  async #write(records: boolean): Promise<boolean> {
    const keys = [...this.#changed];
    this.#changed = new Set();
    let done = 0;
    try {
      for (const batch of this.#batches(keys, records)) {
        const { store, workflow, id, owner } = await this.#target();
        await store.saveTasks(workflow, id, owner, batch);
        done += batch.length;
      }
      return true;
    } catch (error) {
      this.#keepForLater(keys.slice(done));
      this.#failed(error as Error);
      return false;
    }
  }

  /** Rows as they are made: what was written is not held any longer. */
  *#batches(keys: readonly string[], records: boolean): Generator<PlacedTask[]> {
    let batch: PlacedTask[] = [];
    let size = 0;
    for (const key of keys) {
      const entry = this.#entries.get(key) as Entry;
      const record = records ? textOf(entry.record) : null;
      batch.push({ key, ...entry, record });
      size += (record?.length ?? 0) + (entry.error?.length ?? 0);
      if (size < largestBatch && batch.length < longestBatch) continue;
      yield batch;
      this.#forget(batch);
      batch = [];
      size = 0;
    }
    if (batch.length > 0) yield batch;
    this.#forget(batch);
  }

  /**
   * What the store has; what changed meanwhile is in the set of changes again. Neither a task that ended nor a failed
   * attempt changes any more: each turn has a key of its own.
   */
  #forget(batch: readonly PlacedTask[]): void {
    for (const { key } of batch) {
      const entry = this.#entries.get(key);
      if (entry === undefined || this.#changed.has(key)) continue;
      const isOver = entry.duration !== null || (entry.record !== undefined && "problem" in entry.record);
      if (isOver) this.#entries.delete(key);
      else entry.record = undefined;
    }
  }

  #keepForLater(keys: readonly string[]): void {
    let size = 0;
    for (const key of keys) {
      const entry = this.#entries.get(key) as Entry;
      size += textOf(entry.record)?.length ?? 0;
      if (size > largestBacklog) entry.record = undefined;
      this.#changed.add(key);
    }
  }
}

/** A record as the store has it; what is too large, or nested too deeply for JSON, is not kept. */
function textOf(record: TaskRecord | undefined): string | null {
  try {
    const text = record === undefined ? null : JSON.stringify(record);
    return text !== null && text.length > largestRecord ? null : text;
  } catch {
    return null;
  }
}
