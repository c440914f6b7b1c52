import assert from "node:assert/strict";
import { scaleOf } from "../../../source/scale.ts";

describe("the scale of a function", () => {
  it("is its own, then its stack's, then the usual one", () => {
    assert.deepEqual(scaleOf({}), { min: 0, max: 10, initial: 1, window: "60s" });
    assert.deepEqual(scaleOf({}, { min: 1, max: 20 }), { min: 1, max: 20, initial: 1, window: "60s" });
    assert.deepEqual(scaleOf({ min: 2, window: "5m" }, { min: 1, max: 20 }), {
      min: 2,
      max: 20,
      initial: 1,
      window: "5m",
    });
  });

  it("keeps the function's own bound where the stack's or the usual one contradicts it", () => {
    assert.deepEqual(scaleOf({ max: 1 }, { min: 2 }), { min: 1, max: 1, initial: 1, window: "60s" });
    assert.deepEqual(scaleOf({ min: 12 }), { min: 12, max: 12, initial: 1, window: "60s" });
    assert.deepEqual(scaleOf({}, { min: 12 }), { min: 12, max: 12, initial: 1, window: "60s" });
  });

  it("has as many pods at the start as are asked for, within the function's own bound", () => {
    assert.equal(scaleOf({ initial: 0 }, { initial: 3 }).initial, 0);
    assert.equal(scaleOf({}, { initial: 0 }).initial, 0);
    assert.equal(scaleOf({ max: 2 }, { initial: 3 }).initial, 2);
    assert.equal(scaleOf({ initial: 12 }).max, 12);
  });

  it("has no upper bound where that is 0", () => {
    assert.deepEqual(scaleOf({ max: 0 }, { min: 3 }), { min: 3, max: 0, initial: 1, window: "60s" });
    assert.deepEqual(scaleOf({ min: 30 }, { max: 0 }), { min: 30, max: 0, initial: 1, window: "60s" });
  });
});
