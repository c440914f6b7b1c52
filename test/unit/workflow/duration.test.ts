import assert from "node:assert/strict";
import fc from "fast-check";
import { milliseconds } from "../../../runtimes/workflow/src/definition/duration.ts";

const count = fc.nat({ max: 10_000 });

describe("a duration", () => {
  it("is the same as a mapping and as ISO 8601", () => {
    const parts = fc.record({ days: count, hours: count, minutes: count, seconds: count });
    fc.assert(
      fc.property(parts, ({ days, hours, minutes, seconds }) => {
        const expected = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
        assert.equal(milliseconds({ days, hours, minutes, seconds }), expected);
        assert.equal(milliseconds(`P${days}DT${hours}H${minutes}M${seconds}S`), expected);
      }),
    );
  });

  it("may leave units out, and have parts of them in ISO 8601", () => {
    for (const [text, length] of Object.entries({
      PT0S: 0,
      "PT1.5S": 1500,
      P1W: 604_800_000,
      P1D: 86_400_000,
      PT1M: 60_000,
    })) {
      assert.equal(milliseconds(text), length, text);
    }
    assert.equal(milliseconds({ milliseconds: 3 }), 3);
  });

  it("is none where its length is not certain", () => {
    const none = ["", "P", "PT", "P1Y", "P1M", "1s", "PT-1S", `PT${"9".repeat(400)}S`, "P1DT", {}, [], null, 5, true];
    for (const value of [
      ...none,
      { seconds: -1 },
      { seconds: 1.5 },
      { seconds: "1" },
      { months: 1 },
      { toString: 1 },
    ]) {
      assert.equal(milliseconds(value), undefined, JSON.stringify(value));
    }
  });

  it("is a finite length or none, whatever is given", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const length = milliseconds(value);
        assert.ok(length === undefined || (Number.isFinite(length) && length >= 0));
      }),
    );
  });
});
