import type { Database, Row } from "./database.ts";
import { migrate } from "./schema.ts";

/** Where a run stands. A run that waits for an executor is running too. */
export type RunState = "running" | "completed" | "faulted" | "cancelled";

/** A run as it is begun. */
export interface NewRun {
  readonly workflow: string;
  readonly id: string;
  /** The object on the file server whose definition it runs, whatever is deployed meanwhile. */
  readonly archive: string;
  /** The Knative Revision at which it was begun; null outside of Knative. */
  readonly revision: string | null;
  /** JSON of the headers by which its calls are followed. */
  readonly trace: string;
  /** JSON. */
  readonly input: string;
}

/** What is told of a run in a list. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: string;
  readonly state: RunState;
  /** Milliseconds since 1970, as all moments. */
  readonly started: number;
  readonly ended: number | null;
}

export interface StoredRun extends RunSummary, NewRun {
  /** JSON: the output, or the problem details. */
  readonly result: string | null;
  /** How many executors had it: more than one where one was lost on the way. */
  readonly executors: number;
  /** The execution that has it. */
  readonly owner: string | null;
}

/** A task of a run. */
export interface StoredTask {
  /** JSON pointer with turns; see TaskRecords. */
  readonly key: string;
  readonly started: number;
  /** Milliseconds; null while it runs. */
  readonly duration: number | null;
  readonly error: string | null;
}

export interface PlacedTask extends StoredTask {
  /** JSON of its TaskRecord; null where none is kept. */
  readonly record: string | null;
  /** In the order in which the run's tasks were started. */
  readonly position: number;
}

/** Each may have a MiB. */
const recordsAtOnce = 8;
/**
 * Milliseconds that the column of a task's duration holds, 24.8 days. To widen it, PostgreSQL would write the table anew, locked
 * for longer than a statement may take.
 */
const longestDuration = 2 ** 31 - 1;

/** The runs of a stack's workflows, in a database that all executors see. */
export class RunStore {
  readonly #database: Database;
  readonly #lease: number;

  private constructor(database: Database, lease: number) {
    this.#database = database;
    this.#lease = lease;
  }

  /** @param lease milliseconds after which a run whose owner says nothing is taken up by another */
  static async open(database: Database, lease: number): Promise<RunStore> {
    await migrate(database);
    return new RunStore(database, lease);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /**
   * Writes down a run.
   *
   * @param owner names the execution that has it; without one it waits to be taken
   * @returns whether it was: not where there is a run of this id, unless that is the owner's already
   */
  async begin({ workflow, id, archive, revision, trace, input }: NewRun, owner?: string): Promise<boolean> {
    const had = owner === undefined ? 0 : 1;
    const rows = await this.#database.query(
      `insert into runs (workflow, id, state, archive, revision, trace, input, started, executors, owner, lease)
       values ($1, $2, 'running', $3, $4, $5, $6, {now}, $7, $8, {now} + $9 * ${this.#lease})
       on conflict do nothing returning id`,
      [workflow, id, archive, revision, trace, input, had, owner ?? null, had],
    );
    if (rows.length > 0 || owner === undefined) return rows.length > 0;
    // Where only the answer to an attempt before was lost.
    return (await this.find(workflow, id))?.owner === owner;
  }

  /** Takes a run that nobody has, or whose owner was lost; undefined where it cannot be had. */
  async take(workflow: string, id: string, owner: string): Promise<StoredRun | undefined> {
    const [row] = await this.#database.query(
      `update runs set owner = $3, lease = {now} + ${this.#lease}, executors = executors + 1
       where workflow = $1 and id = $2 and state = 'running' and (owner is null or lease <= {now}) returning *`,
      [workflow, id, owner],
    );
    return row && (row as unknown as StoredRun);
  }

  /** Says that executions go on. @returns the owners that still have their runs */
  async renew(owners: readonly string[]): Promise<string[]> {
    const rows = await this.#database.query(
      `update runs set lease = {now} + ${this.#lease}
       where state = 'running' and owner in (${owners.map((_, at) => `$${at + 1}`).join(", ")}) returning owner`,
      owners,
    );
    return rows.map(({ owner }) => String(owner));
  }

  /** Lets another executor go on with a run. */
  async release(owner: string): Promise<void> {
    await this.#database.query("update runs set lease = {now}, owner = null where owner = $1 and state = 'running'", [
      owner,
    ]);
  }

  /** Writes down how a run ended. @returns whether it was: not where it is no longer the owner's */
  async finish(owner: string, state: RunState, result: string): Promise<boolean> {
    const rows = await this.#database.query(
      `update runs set state = $2, result = $3, ended = {now} where owner = $1 and state = 'running' returning id`,
      [owner, state, result],
    );
    return rows.length > 0;
  }

  /** Ends a run, whoever has it. @returns whether it was running */
  async cancel(workflow: string, id: string, result: string): Promise<boolean> {
    const rows = await this.#database.query(
      `update runs set state = 'cancelled', result = $3, ended = {now}
       where workflow = $1 and id = $2 and state = 'running' returning id`,
      [workflow, id, result],
    );
    return rows.length > 0;
  }

  async find(workflow: string, id: string): Promise<StoredRun | undefined> {
    const [row] = await this.#database.query("select * from runs where workflow = $1 and id = $2", [workflow, id]);
    return row && (row as unknown as StoredRun);
  }

  /** The last runs, the newest first. */
  async recent(workflow: string, limit: number): Promise<RunSummary[]> {
    const rows = await this.#database.query(
      `select id, workflow, state, started, ended from runs where workflow = $1 order by started desc, id limit $2`,
      [workflow, limit],
    );
    return rows as unknown as RunSummary[];
  }

  /** The Revision of the last run that was begun; null where there is no run, or it had none. */
  async lastRevision(workflow: string): Promise<string | null> {
    const [row] = await this.#database.query(
      "select revision from runs where workflow = $1 order by started desc limit 1",
      [workflow],
    );
    return row === undefined || row.revision === null ? null : String(row.revision);
  }

  /** A run's tasks in the order in which they were started, without their records, which may be large. */
  async tasks(workflow: string, run: string): Promise<StoredTask[]> {
    const rows = await this.#database.query(
      "select key, started, duration, error from tasks where workflow = $1 and run = $2 order by position, key",
      [workflow, run],
    );
    return rows as unknown as StoredTask[];
  }

  /** The tasks of a run that were started last, in the order in which they were started. */
  async lastTasks(workflow: string, run: string, limit: number): Promise<StoredTask[]> {
    const rows = await this.#database.query(
      `select key, started, duration, error from tasks where workflow = $1 and run = $2
       order by position desc, key desc limit $3`,
      [workflow, run, limit],
    );
    return (rows as unknown as StoredTask[]).reverse();
  }

  /** JSON of a task's TaskRecord; undefined where none is kept. */
  async record(workflow: string, run: string, key: string): Promise<string | undefined> {
    const [row] = await this.#database.query(
      "select record from tasks where workflow = $1 and run = $2 and key = $3 and record is not null",
      [workflow, run, key],
    );
    return row && String(row.record);
  }

  /** All records that are kept of a run, a few at a time: together they may be more than a process can hold. */
  async *records(workflow: string, run: string): AsyncGenerator<{ readonly key: string; readonly record: string }> {
    for (let after = ""; ;) {
      const rows = (await this.#database.query(
        `select key, record from tasks where workflow = $1 and run = $2 and key > $3 and record is not null
         order by key limit ${recordsAtOnce}`,
        [workflow, run, after],
      )) as unknown as { readonly key: string; readonly record: string }[];
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < recordsAtOnce) return;
      after = last.key;
    }
  }

  /**
   * Adds tasks, or brings those that are there to what is known now; a record that is there stays where none is given. Does
   * nothing where the run is no longer the owner's: another execution may be further. A duration is cut to the longest one.
   */
  async saveTasks(workflow: string, run: string, owner: string, tasks: readonly PlacedTask[]): Promise<void> {
    const values = tasks.map((_, at) => {
      const [key, position, started, duration, error, record] = [4, 5, 6, 7, 8, 9].map((n) => `$${at * 6 + n}`);
      return `select cast(${key} as text), cast(${position} as integer), cast(${started} as bigint),
        cast(${duration} as integer), cast(${error} as text), cast(${record} as text)`;
    });
    await this.#database.query(
      `insert into tasks (workflow, run, key, position, started, duration, error, record)
       select cast($1 as text), cast($2 as text), v.* from (${values.join(" union all ")}) v
       where exists (select 1 from runs where workflow = $1 and id = $2 and owner = $3)
       on conflict (workflow, run, key) do update set started = excluded.started, duration = excluded.duration,
         error = excluded.error, record = coalesce(excluded.record, tasks.record)`,
      [
        ...[workflow, run, owner],
        ...tasks.flatMap(({ key, position, started, duration, error, record }) => {
          const kept = duration === null ? null : Math.min(duration, longestDuration);
          return [key, position, started, kept, error, record];
        }),
      ],
    );
  }

  /**
   * Runs that wait for an executor, those that wait longest first. Each is given to who asks for some time, in which it may
   * bring it to one. Since when a run waits is told by the first claim after its last executor: those of older versions count
   * themselves, but do not say when they leave it.
   *
   * @param lost whether runs count too whose executor says nothing any more
   */
  async claim(limit: number, milliseconds: number, lost: boolean): Promise<Pick<RunSummary, "workflow" | "id">[]> {
    const rows = await this.#database.query(
      `update runs set owner = null, lease = {now} + ${milliseconds}, idle_executors = executors,
         idle_since = case when idle_executors = executors then idle_since else {now} end
       where (workflow, id) in (
         select workflow, id from runs where state = 'running' and lease <= {now} ${lost ? "" : "and owner is null"}
         order by lease limit $1
       ) and lease <= {now} returning workflow, id`,
      [limit],
    );
    return rows as unknown as (Row & { workflow: string; id: string })[];
  }

  /** The archives that runs which have not ended go on with. */
  async archivesInUse(): Promise<string[]> {
    const rows = await this.#database.query("select distinct archive from runs where state = 'running'");
    return rows.map(({ archive }) => String(archive));
  }

  /** Leaves a run that was claimed, and that no executor has, alone for some milliseconds. */
  async postpone(workflow: string, id: string, milliseconds: number): Promise<void> {
    await this.#database.query(
      `update runs set lease = {now} + $3
       where workflow = $1 and id = $2 and owner is null and state = 'running'`,
      [workflow, id, milliseconds],
    );
  }

  /**
   * Removes runs that ended so many milliseconds ago.
   *
   * @param lost whether such are removed too that nobody could take up for as long
   * @returns how many
   */
  async prune(age: number, lost: boolean): Promise<number> {
    const waiting = "ended is null and owner is null and idle_executors = executors and idle_since < {now} - $1";
    for (let removed = 0; ;) {
      const rows = await this.#database.query(
        `delete from runs where (workflow, id) in (
           select workflow, id from runs where (ended is not null and ended < {now} - $1)
             ${lost ? `or (${waiting})` : ""} limit 500
         ) and (ended is not null or owner is null) returning id`,
        [age],
      );
      removed += rows.length;
      if (rows.length < 500) return removed;
    }
  }
}
