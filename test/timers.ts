/**
 * The delays, in milliseconds, of the timers that are set while some work is done. Node warns of a negative one, but only of the
 * first in a process.
 */
export async function delaysDuring(work: () => Promise<unknown>): Promise<number[]> {
  const { setTimeout } = globalThis;
  const delays: number[] = [];
  const noting = (callback: () => void, delay = 0, ...rest: []) => {
    delays.push(delay);
    return setTimeout(callback, delay, ...rest);
  };
  globalThis.setTimeout = Object.assign(noting, setTimeout);
  try {
    await work();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return delays;
}
