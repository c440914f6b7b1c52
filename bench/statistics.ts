/** What a row of measurements comes to. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** The interval that holds the true median with `confidence`. */
  readonly low: number;
  readonly high: number;
  /** 0.95 or a little more; less where there are too few measurements for that. */
  readonly confidence: number;
}

/** The wanted confidence of intervals. */
const wanted = 0.95;

/** @throws RangeError where there is no value */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("nothing was measured");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] as number;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

/**
 * The median and its interval by order statistics: the k-th value from each end, k being as large as the confidence allows. It
 * assumes nothing about how measurements are distributed, which for times on a shared machine nobody knows.
 */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 1;
  while (rank + 1 <= count / 2 && coverage(count, rank + 1) >= wanted) rank += 1;
  return {
    count,
    median: median(sorted),
    low: sorted[rank - 1] as number,
    high: sorted[count - rank] as number,
    confidence: coverage(count, rank),
  };
}

/** How probable it is that the true median lies between the k-th smallest and the k-th largest of n values. */
function coverage(n: number, k: number): number {
  let probability = 2 ** -n;
  let below = 0;
  for (let successes = 0; successes < k; successes += 1) {
    below += probability;
    probability *= (n - successes) / (successes + 1);
  }
  return Math.max(0, 1 - 2 * below);
}

/** Each measurement divided by the one of the other side in the same round: what slows a round slows both. */
export function pairRatios(subject: readonly number[], baseline: readonly number[]): number[] {
  if (subject.length !== baseline.length) throw new RangeError("the sides were not measured equally often");
  return subject.map((value, round) => value / (baseline[round] as number));
}
