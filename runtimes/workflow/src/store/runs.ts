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
  /** W3C traceparent. */
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
}

/** A task of a run. */
export interface StoredTask {
  /** JSON pointer with turns; see TaskRecords. */
  readonly key: string;
  readonly started: number;
  /** Milliseconds; null while it runs. */
  readonly duration: number | null;
  readonly error: string | null;
  /** JSON of its TaskRecord; null where none is kept. */
  readonly record: string | null;
}

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
   * @param owner the executor that runs it; without one it waits to be taken
   * @returns whether it was: not where there is a run of this id
   */
  async begin({ workflow, id, archive, trace, input }: NewRun, owner?: string): Promise<boolean> {
    const rows = await this.#database.query(
      `insert into runs (workflow, id, state, archive, trace, input, started, executors, owner, lease)
       values ($1, $2, 'running', $3, $4, $5, {now}, $6, $7, $8 * ({now} + ${this.#lease}))
       on conflict do nothing returning id`,
      [workflow, id, archive, trace, input, owner === undefined ? 0 : 1, owner ?? null, owner === undefined ? 0 : 1],
    );
    return rows.length > 0;
  }

  /** Takes a run that nobody has, or whose owner was lost; undefined where it cannot be had. */
  async take(workflow: string, id: string, owner: string): Promise<StoredRun | undefined> {
    const [row] = await this.#database.query(
      `update runs set owner = $3, lease = {now} + ${this.#lease}, executors = executors + 1
       where workflow = $1 and id = $2 and state = 'running' and lease < {now} returning *`,
      [workflow, id, owner],
    );
    return row && (row as unknown as StoredRun);
  }

  /** Says that the owner is alive. @returns the ids of the runs that are still its own */
  async renew(owner: string): Promise<string[]> {
    const rows = await this.#database.query(
      `update runs set lease = {now} + ${this.#lease} where owner = $1 and state = 'running' returning id`,
      [owner],
    );
    return rows.map(({ id }) => String(id));
  }

  /** Lets another executor go on with a run. */
  async release(workflow: string, id: string, owner: string): Promise<void> {
    await this.#database.query(
      "update runs set lease = 0, owner = null where workflow = $1 and id = $2 and owner = $3 and state = 'running'",
      [workflow, id, owner],
    );
  }

  /** Writes down how a run ended. @returns whether it was: not where it is no longer the owner's */
  async finish(
    { workflow, id }: Pick<NewRun, "workflow" | "id">,
    owner: string,
    state: RunState,
    result: string,
  ): Promise<boolean> {
    const rows = await this.#database.query(
      `update runs set state = $4, result = $5, ended = {now}, owner = null
       where workflow = $1 and id = $2 and owner = $3 and state = 'running' returning id`,
      [workflow, id, owner, state, result],
    );
    return rows.length > 0;
  }

  /** Ends a run, whoever has it. @returns whether it was running */
  async cancel(workflow: string, id: string, result: string): Promise<boolean> {
    const rows = await this.#database.query(
      `update runs set state = 'cancelled', result = $3, ended = {now}, owner = null
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

  /** A run's tasks in the order in which they were started. */
  async tasks(workflow: string, run: string): Promise<StoredTask[]> {
    const rows = await this.#database.query(
      "select key, started, duration, error, record from tasks where workflow = $1 and run = $2 order by position, key",
      [workflow, run],
    );
    return rows as unknown as StoredTask[];
  }

  /** Adds tasks, or brings those that are there to what is known now. */
  async saveTasks(workflow: string, run: string, tasks: readonly (StoredTask & { position: number })[]): Promise<void> {
    // Few at a time, since a statement has at most 32,766 parameters in SQLite, 65,535 in PostgreSQL.
    for (let from = 0; from < tasks.length; from += 500) {
      const some = tasks.slice(from, from + 500);
      const values = some.map((_, at) => `($1, $2, ${[3, 4, 5, 6, 7, 8].map((n) => `$${at * 6 + n}`).join(", ")})`);
      await this.#database.query(
        `insert into tasks (workflow, run, key, position, started, duration, error, record) values ${values.join(", ")}
         on conflict (workflow, run, key) do update set started = excluded.started, duration = excluded.duration,
           error = excluded.error, record = excluded.record`,
        [
          workflow,
          run,
          ...some.flatMap(({ key, position, started, duration, error, record }) => [
            ...[key, position, started, duration, error, record],
          ]),
        ],
      );
    }
  }

  /** Runs that wait for an executor, or whose executor was lost; the oldest first. */
  async waiting(limit: number): Promise<Pick<RunSummary, "workflow" | "id">[]> {
    const rows = await this.#database.query(
      "select workflow, id from runs where state = 'running' and lease < {now} order by started limit $1",
      [limit],
    );
    return rows as unknown as (Row & { workflow: string; id: string })[];
  }

  /** Removes runs that ended, or that nobody could take up, before so many milliseconds. @returns how many */
  async prune(age: number): Promise<number> {
    const rows = await this.#database.query(
      `delete from runs where (ended is not null and ended < {now} - $1)
         or (ended is null and lease < {now} - $1 and started < {now} - $1) returning id`,
      [age],
    );
    return rows.length;
  }
}
