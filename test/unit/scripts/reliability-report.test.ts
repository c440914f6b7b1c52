import assert from "node:assert/strict";
import { reliabilityReport, resultOf } from "../../../scripts/reliability-report.ts";
import { parts } from "../../../scripts/test-parts.ts";
import { rows, type Row } from "../../rows.ts";

const row: Row = {
  id: "R1",
  kind: "Faults",
  what: "a | b",
  expected: "nothing",
  tests: [
    { suite: "unit", title: /adds/ },
    { suite: "e2e", title: /deploys/ },
  ],
};
const run = (passes: string[], failures: string[] = []) => ({
  commit: "abc1234",
  date: new Date("2030-01-02T03:04:05Z"),
  suites: { unit: { passes: ["sums adds", "sums adds too", "other"], failures: [] }, e2e: { passes, failures } },
  evidence: [
    { row: "R1", text: "20 of 20" },
    { row: "R2", text: "else" },
  ],
});

describe("the report on reliability", () => {
  it("says of a row by how many tests it was shown, and what they counted", () => {
    const text = reliabilityReport([row], run(["job deploys"]));
    assert.match(text, /^1 of 1 rows are shown, by 3 tests, on 2030-01-02 at abc1234\.$/m);
    assert.match(text, /^\| R1 \| a \\\| b \| nothing \| 3 passed \(unit, e2e\) \| 20 of 20 \|$/m);
  });

  it("hides nothing that failed or did not run", () => {
    assert.deepEqual(resultOf(row, run([])).missing, [row.tests[1]]);
    const text = reliabilityReport([row], run([], ["job deploys"]));
    assert.match(text, /^0 of 1 rows are shown/m);
    assert.match(text, /\*\*failed: job deploys\*\*/);
  });

  it("has each row once, with tests of suites that there are", () => {
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    const suites = parts.filter(({ kind }) => kind === "suite").map(({ name }) => name);
    for (const { id, tests } of rows) {
      assert.ok(tests.length > 0, id);
      for (const { suite } of tests) assert.ok(suites.includes(suite), `${id}: ${suite}`);
    }
  });
});
