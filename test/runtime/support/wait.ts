import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks until the answer is not undefined; fails with what was waited for when the time is over. What takes a process to ask is
 * asked less often than what takes none: the processors are for what is waited for.
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  seconds = 60,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const asked = performance.now();
    const answer = await ask();
    if (answer !== undefined) return answer;
    const now = performance.now();
    if (now > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await pause(Math.min(Math.max(10, 3 * (now - asked)), 1000));
  }
}
