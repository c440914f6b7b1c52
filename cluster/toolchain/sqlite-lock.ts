import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Release } from "./lock.ts";

/** Milliseconds between two tries. */
const interval = 100;
/** SQLite's code where somebody else has the lock (SQLITE_BUSY). */
const busy = 5;

/**
 * The lock where flock(1) is not there: that of a transaction on the file as a database, into which nothing is ever written.
 * Node brings SQLite along on every system, and the system frees the lock with this process.
 */
export async function sqliteLock(file: string): Promise<Release> {
  const database = new DatabaseSync(file);
  try {
    // In memory: no journal file beside it.
    while (!tried(database, "pragma journal_mode = memory; begin exclusive")) await pause(interval);
  } catch (error) {
    database.close();
    throw error;
  }
  return () => database.close();
}

/** @returns false where somebody else has the lock */
function tried(database: DatabaseSync, statements: string): boolean {
  try {
    database.exec(statements);
    return true;
  } catch (error) {
    if ((error as { readonly errcode?: unknown }).errcode === busy) return false;
    throw error;
  }
}
