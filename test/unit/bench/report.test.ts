import assert from "node:assert/strict";
import { caseSection, machineLine, overview, overviewTable, replaceParts } from "../../../bench/report.ts";
import { merged } from "../../../bench/results-file.ts";
import type { CaseResult } from "../../../bench/results.ts";
import { shortNumber } from "../../../bench/numbers.ts";

const result: CaseResult = {
  id: "B2",
  title: "cold start",
  includes: "From request to reply.",
  measuredAt: "2026-01-02T03:04:05.000Z",
  commit: "abc1234",
  machine: {
    processor: "A CPU",
    processors: 2,
    memoryGiB: 24,
    system: "Debian, Linux 6",
    versions: { Node: "24.1.0" },
  },
  seconds: 61.4,
  busyBefore: 0.05,
  stolen: 0.0123,
  comparisons: [
    {
      name: "zip / baked",
      unit: "s",
      subject: { name: "zip", values: [1.1, 1.1, 1.1] },
      baseline: { name: "baked", values: [1, 1, 1] },
      goal: { atMost: 1.03 },
    },
    {
      name: "rate",
      unit: "requests/s",
      subject: { name: "ours", values: [950, 960, 940] },
      baseline: { name: "bare", values: [1000, 1000, 1000] },
      goal: { atLeast: 0.9 },
    },
  ],
  figures: [{ name: "alone | with a bar", unit: "ms", values: [1234.5] }],
  breakdowns: [
    {
      name: "Python",
      unit: "ms",
      parts: [
        { name: "scheduling", values: [25] },
        { name: "rest", values: [75] },
      ],
    },
  ],
};

describe("bench: report", () => {
  it("a goal is met by the median of the rounds' ratios, as a most or as a least", () => {
    assert.deepEqual(
      overview([result]).map(({ value, goal, met }) => [value, goal, met]),
      [
        ["1.10", "≤ 1.03", false],
        ["0.95 (0.94 to 0.96)", "≥ 0.9", true],
        ["1,235 ms", "", undefined],
      ],
    );
  });

  it("the table says what was missed, and names with bars do not break it", () => {
    const lines = overviewTable([result]).split("\n");
    assert.equal(lines[2], "| [B2](#b2) | zip / baked | 1.10 | ≤ 1.03 | **missed** |");
    assert.match(lines[4] ?? "", /alone \\\| with a bar/);
    assert.equal(new Set(lines.map((line) => line.replaceAll("\\|", "").split("|").length)).size, 1);
  });

  it("a case's section has both sides' absolute figures, shares of parts, and when and where it was measured", () => {
    const text = caseSection(result);
    assert.match(text, /^From request to reply\.\n/);
    assert.match(text, /\| zip \/ baked: zip \| 1\.10 s \| 1\.10 to 1\.10 \| 3 \|/);
    assert.match(text, /\| zip \/ baked: baked \| 1\.00 s \|/);
    assert.match(text, /\| scheduling \| 25\.0 \| 25 % \|/);
    assert.match(text, /on 2026-01-02 at abc1234 in 61 s\..* 5\.0 % .* 1\.2 % /);
    assert.equal(machineLine(result.machine), "2 × A CPU, 24 GiB; Debian, Linux 6; Node 24.1.0");
  });

  it("only the generated parts of the document are replaced, whatever they hold", () => {
    const document = "# T\n<!-- B2 -->\nold\n<!-- /B2 -->\nby hand\n";
    const once = replaceParts(document, { B2: "$1 new $&" });
    assert.equal(once, "# T\n<!-- B2 -->\n\n$1 new $&\n\n<!-- /B2 -->\nby hand\n");
    assert.equal(replaceParts(once, { B2: "$1 new $&" }), once);
    assert.throws(() => replaceParts(document, { B3: "" }), /no place B3/);
  });

  it("newer results take the place of older ones of the same case alone", () => {
    const other = { ...result, id: "B1" };
    const newer = { ...result, commit: "def" };
    assert.deepEqual(merged([result, other], [newer]), [other, newer]);
  });

  it("numbers have three digits", () => {
    assert.deepEqual([0, 0.01234, 1.006, 12.34, 123.4, 12345].map(shortNumber), [
      ...["0", "0.0123", "1.01", "12.3", "123", "12,345"],
    ]);
  });
});
