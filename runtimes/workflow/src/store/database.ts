/** A value of a row. Moments are milliseconds since 1970. */
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/** What the store needs of a database: statements that PostgreSQL and SQLite both know. */
export interface Database {
  /**
   * Runs a statement whose parameters are `$1`, `$2`, ...; `{now}` in it is the moment on the database's clock, so that the
   * clocks of the pods do not matter.
   */
  query(sql: string, parameters?: readonly Value[]): Promise<Row[]>;
  /** Runs all of the statements, or none where one of them fails. */
  transaction(statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a database. The drivers are loaded here, after the server listens: no start waits for them.
 *
 * @param url `postgres://...`, or `file:///...` for an SQLite file, which local runs use
 */
export async function openDatabase(url: string): Promise<Database> {
  if (url.startsWith("file:")) return (await import("./sqlite.ts")).openSqlite(new URL(url));
  return (await import("./postgres.ts")).openPostgres(url);
}
