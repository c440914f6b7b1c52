/**
 * What the server's thread and the watchdog's thread share: the call whose handler runs at this moment, with what is
 * needed to answer it, and when the server's thread last gave a sign.
 */
export interface Shared {
  /** `stage`. */
  readonly stage: Int32Array;
  /** The running call's socket, by its descriptor; negative where there is none. */
  readonly socket: Int32Array;
  /** When the running call began, and the last sign; milliseconds on the clock that all threads share. */
  readonly begun: Float64Array;
  readonly beat: Float64Array;
  readonly idLength: Int32Array;
  readonly id: Uint8Array;
}

export const longestRunId = 128;

/** The code is not loaded yet. */
export const loading = 0;
/** The event loop turns. */
export const idle = 1;
/** A handler runs: it holds the server's thread, which can neither close nor reuse a socket meanwhile. */
export const inHandler = 2;
/** The watchdog answers the call; where its handler returns, the server's thread waits. */
export const answering = 3;
/** The call has been answered; its handler still runs. */
export const answered = 4;

export function makeShared(): Shared {
  const of = (bytes: number) => new SharedArrayBuffer(bytes);
  return {
    stage: new Int32Array(of(4)),
    socket: new Int32Array(of(4)),
    begun: new Float64Array(of(8)),
    beat: new Float64Array(of(8)),
    idLength: new Int32Array(of(4)),
    id: new Uint8Array(of(longestRunId)),
  };
}

/** What is added to a thread's `performance.now()` to get the clock that all threads share. */
export function clockOffset(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - performance.now();
}
