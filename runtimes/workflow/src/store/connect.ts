import { openDatabase } from "./database.ts";
import { RunStore } from "./runs.ts";

/** Milliseconds for which a failure to reach the store is told again, without another attempt. */
const pauseAfterFailure = 1000;

/**
 * Gives the store at an address: opened at the first call, and again after it could not be.
 *
 * @param lease milliseconds after which a run whose owner says nothing is taken up by another
 */
export function storeAt(url: string, lease: number): () => Promise<RunStore> {
  let opening: Promise<RunStore> | undefined;
  return () => {
    opening ??= openDatabase(url)
      .then((database) => RunStore.open(database, lease))
      .catch((error: unknown) => {
        setTimeout(() => (opening = undefined), pauseAfterFailure).unref();
        throw error;
      });
    return opening;
  };
}
