import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../console/errors.ts";

/**
 * Asks again and again until there is an answer.
 *
 * @param what named where time runs out
 * @param milliseconds how long to ask at most
 * @param answer gives undefined as long as there is none; what it throws ends the waiting
 * @param failure makes an error where time runs out and more can be said than that the machine is slow
 */
export async function waitUntil<T>(
  what: string,
  milliseconds: number,
  answer: () => T | undefined | Promise<T | undefined>,
  failure: (gaveUp: string) => Error = slow,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = await answer();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw failure(`gave up after ${milliseconds / 1000} s: ${what}`);
    await delay(100);
  }
}

function slow(gaveUp: string): Error {
  return new UserError(`${gaveUp}. Where the machine is busy with other work, run the same command again after that`);
}
