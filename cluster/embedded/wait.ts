import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again and again until there is an answer.
 *
 * @param what named where time runs out
 * @param milliseconds how long to ask at most
 * @param answer gives undefined as long as there is none; what it throws ends the waiting
 */
export async function waitUntil<T>(
  what: string,
  milliseconds: number,
  answer: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = await answer();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`gave up after ${milliseconds / 1000} s: ${what}`);
    await delay(100);
  }
}
