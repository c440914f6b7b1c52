import pg from "pg";
import type { Database, Row, Value } from "./database.ts";

const now = "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";
/** Milliseconds that a statement may take, its connection included: runs do not wait for a database that hangs. */
const patience = 10_000;
/** Milliseconds that a change of the tables may wait for what others do with them, such as a backup. */
const lockPatience = 1000;

// Milliseconds since 1970 are exact as numbers; by default the driver gives 64-bit integers as texts.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A PostgreSQL server.
 *
 * @param url its parameter `schema` names the schema that the tables are in, which is made where it is not there
 */
export function openPostgres(url: string): Database {
  const address = new URL(url);
  const schema = address.searchParams.get("schema");
  address.searchParams.delete("schema");
  const pool = new pg.Pool({
    connectionString: schema === null ? url : address.href,
    application_name: process.env.HOSTNAME ?? "knflow",
    max: 3,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
    statement_timeout: patience,
    keepAlive: true,
  });
  if (schema !== null) {
    const name = pg.escapeIdentifier(schema);
    // A connection runs its statements in order: these come first. A race to make the schema fails like any statement.
    pool.on("connect", (client) => {
      client.query(`create schema if not exists ${name}`).catch(() => undefined);
      client.query(`set search_path to ${name}`).catch(() => undefined);
    });
  }
  // Of a connection that nobody uses just now: the next statement opens another one.
  pool.on("error", () => undefined);
  return {
    query: async (sql: string, parameters: readonly Value[] = []) =>
      (await pool.query<Row>(sql.replaceAll("{now}", now), [...parameters])).rows,
    async transaction(statements) {
      // A table that others use is not waited for: whoever comes later would wait behind this.
      const first = `set local lock_timeout = ${lockPatience}`;
      // Several statements without parameters are one transaction: https://www.postgresql.org/docs/current/protocol-flow.html
      await pool.query([first, ...statements].join(";\n"));
    },
    close: () => pool.end(),
  };
}
