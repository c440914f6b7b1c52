/** When a failed attempt is made again; milliseconds. */
export interface Schedule {
  readonly first: number;
  readonly factor: number;
  readonly longest: number;
  /** The share of a pause that is random. */
  readonly jitter: number;
  /** All attempts together. */
  readonly budget: number;
}

// first: a Service's endpoints reach kube-proxy within tens of milliseconds, and most faults at start are that.
// longest: a file server that is back is noticed within two seconds.
// jitter: a hundred pods that start together must not ask again together.
// budget: outlives a restart of the file server (10 s); beyond it the container ends, says why, and Kubernetes starts it
// again with its own growing pauses.
export const downloads: Schedule = { first: 50, factor: 2, longest: 2000, jitter: 0.5, budget: 30_000 };

/** The pauses between attempts. */
export function* pauses({ first, factor, longest, jitter }: Schedule): Generator<number, never> {
  for (let pause = first; ; pause = Math.min(pause * factor, longest)) yield pause * (1 - jitter * Math.random());
}
