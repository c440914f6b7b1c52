import type { Progress } from "../../console/progress.ts";
import { withLock } from "./lock.ts";

/**
 * As `withLock`, where no step runs yet whose note could tell of the waiting.
 *
 * @param title of the step that is shown while another process holds the lock
 */
export async function withToldLock<T>(
  file: string,
  title: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  const held = Promise.withResolvers<undefined>();
  let told: Promise<unknown> = Promise.resolve();
  const waiting = () => {
    told = progress.run(title, () => held.promise);
  };
  try {
    return await withLock(file, waiting, async () => {
      held.resolve(undefined);
      await told;
      return work();
    });
  } finally {
    held.resolve(undefined);
  }
}
