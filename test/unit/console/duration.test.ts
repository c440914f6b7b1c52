import assert from "node:assert/strict";
import { formatDuration } from "../../../console/duration.ts";

describe("formatDuration", () => {
  const cases: [number, string][] = [
    [-5, "0.0s"],
    [0, "0.0s"],
    [349, "0.3s"],
    [9949, "9.9s"],
    [9950, "10s"],
    [59_499, "59s"],
    [59_500, "1m 00s"],
    [271_000, "4m 31s"],
    [3_599_600, "1h 00m"],
    [7_380_000, "2h 03m"],
  ];
  for (const [milliseconds, text] of cases) {
    it(`${milliseconds} ms is ${text}`, () => assert.equal(formatDuration(milliseconds), text));
  }
});
