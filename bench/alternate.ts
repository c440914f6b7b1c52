/** Measures once; its value in the comparison's unit. */
export type Measure = () => Promise<number>;

/** How {@link alternate} goes about it. */
export interface AlternateOptions {
  /** Rounds that do not count, first. Default: 1 */
  readonly warmUp?: number;
  /** What a round needs that no measurement includes. */
  readonly before?: () => Promise<void>;
  /** Whether each measurement needs that anew. */
  readonly beforeEach?: boolean;
  /** Is told of each round, counted from 1. */
  readonly told?: (round: number, values: readonly number[]) => void;
}

/**
 * Measures several sides in turn, each round in the other order, so that none gains from coming last and whatever slows the machine
 * for a while slows all.
 *
 * @returns the values of each side
 */
export async function alternate(
  rounds: number,
  sides: readonly Measure[],
  { warmUp = 1, before, beforeEach = false, told }: AlternateOptions = {},
): Promise<number[][]> {
  const values = sides.map((): number[] => []);
  for (let round = 1 - warmUp; round <= rounds; round += 1) {
    if (!beforeEach) await before?.();
    const measured: number[] = [];
    const order = [...sides.keys()];
    for (const side of round % 2 === 0 ? order.reverse() : order) {
      if (beforeEach) await before?.();
      measured[side] = await (sides[side] as Measure)();
    }
    told?.(round, measured);
    if (round >= 1) measured.forEach((value, side) => values[side]?.push(value));
  }
  return values;
}

/** Milliseconds that some work takes. */
export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  return (await seconds(work)) * 1000;
}

/** Seconds that some work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
