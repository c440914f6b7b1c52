import assert from "node:assert/strict";
import { report } from "../../../scripts/test-report.ts";

describe("the end of npm test", () => {
  it("sums all parts on the last line, alone", () => {
    const text = report([
      { name: "lint", passed: 0, failed: 0, failures: [], milliseconds: 12_000 },
      { name: "unit", passed: 120, failed: 0, failures: [], milliseconds: 3_000 },
      { name: "e2e", passed: 30, failed: 0, failures: [], milliseconds: 300_000 },
    ]);
    assert.ok(text.endsWith("\n\n150 passed, 0 failed\n"), text);
    assert.match(text, /^✔ {2}e2e {7}30 {7}0 {2}5m 00s$/m);
  });

  it("names everything that failed with its reason, and counts a check and a suite that broke off", () => {
    const text = report([
      { name: "lint", passed: 0, failed: 1, failures: ["lint found something"], milliseconds: 1 },
      { name: "unit", passed: 1, failed: 2, failures: ["a b", "a c"], reasons: ["1 == 2", ""], milliseconds: 1 },
    ]);
    assert.match(text, /^✗ lint: lint found something\n✗ unit: a b\n {2}1 == 2\n✗ unit: a c\n/m);
    assert.ok(text.endsWith("\n\n1 passed, 3 failed\n"), text);
  });
});
