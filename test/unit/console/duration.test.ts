import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "../../../console/duration.ts";

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

describe("parseDuration", () => {
  const cases: [string, number | undefined][] = [
    ["0s", 0],
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["", undefined],
    ["24", undefined],
    ["-1h", undefined],
    ["1.5h", undefined],
    ["1h 30m", undefined],
    ["1w", undefined],
  ];
  for (const [text, milliseconds] of cases) {
    it(`${JSON.stringify(text)} is ${milliseconds} ms`, () => assert.equal(parseDuration(text), milliseconds));
  }
});
