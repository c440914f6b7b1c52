import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Database, Row, Value } from "./database.ts";

const now = "cast(unixepoch('subsec') * 1000 as integer)";

/** A file that several processes of one machine may have open. */
export function openSqlite(url: URL): Database {
  const file = fileURLToPath(url);
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on");
  const run = (work: () => void) => Promise.resolve().then(work);
  return {
    query: (sql: string, parameters: readonly Value[] = []) =>
      Promise.resolve().then(() => {
        const statement = database.prepare(sql.replaceAll("{now}", now).replace(/\$(\d+)/g, "?$1"));
        return statement.all(...parameters) as Row[];
      }),
    transaction: (statements) =>
      run(() => {
        database.exec("begin immediate");
        try {
          for (const statement of statements) database.exec(statement);
          database.exec("commit");
        } catch (error) {
          database.exec("rollback");
          throw error;
        }
      }),
    close: () => run(() => database.close()),
  };
}
