import assert from "node:assert/strict";
import fc from "fast-check";
import { median, pairRatios, summarize } from "../../../bench/statistics.ts";

const values = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("bench: statistics", () => {
  it("the median is the middle value, or the mean of the two in the middle", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.throws(() => median([]), RangeError);
  });

  it("intervals are those of the sign test's tables", () => {
    // The ranks and confidences of two-sided 95 % intervals for a median.
    for (const [count, rank, confidence] of [
      [6, 1, 0.96875],
      [9, 2, 0.9609],
      [15, 4, 0.9648],
      [20, 6, 0.9586],
    ] as const) {
      const summary = summarize(Array.from({ length: count }, (_, index) => index + 1));
      assert.deepEqual([summary.low, summary.high], [rank, count + 1 - rank]);
      assert.ok(Math.abs(summary.confidence - confidence) < 0.0001, String(summary.confidence));
    }
  });

  it("too few values give the whole range, and say how little that is worth", () => {
    assert.deepEqual(summarize([5]), { count: 1, median: 5, low: 5, high: 5, confidence: 0 });
    assert.equal(summarize([1, 2, 3]).confidence, 0.75);
  });

  it("the interval holds the median, within what was measured, whatever was measured", () => {
    fc.assert(
      fc.property(values, (measured) => {
        const { low, median, high } = summarize(measured);
        assert.ok(Math.min(...measured) <= low && low <= median && median <= high && high <= Math.max(...measured));
      }),
    );
  });

  it("ratios are those of the rounds, and what slows both sides alike does not show", () => {
    assert.deepEqual(pairRatios([2, 20, 4], [1, 10, 2]), [2, 2, 2]);
    assert.throws(() => pairRatios([1], [1, 2]), RangeError);
  });
});
