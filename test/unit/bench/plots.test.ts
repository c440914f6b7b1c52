import assert from "node:assert/strict";
import { breakdownPlot, comparisonPlot, ratiosPlot } from "../../../bench/plots.ts";
import type { CaseResult, Comparison } from "../../../bench/results.ts";

const comparison: Comparison = {
  name: "zip / baked",
  unit: "s",
  subject: { name: "the zip", values: [1.1, 1.2, 1.3] },
  baseline: { name: "the baked image", values: [1, 1.1, 1.2] },
  goal: { atMost: 1.03 },
};

/** What a reader can read in a plot. */
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);

describe("bench: plots", () => {
  it("ratios are named by case, with whether their goals are met", async () => {
    const svg = await ratiosPlot([{ id: "B2", comparisons: [comparison] } as unknown as CaseResult]);
    assert.match(svg, /^<svg /);
    assert.ok(texts(svg).includes("B2 zip / baked"));
    assert.ok(texts(svg).includes("goal missed"));
  });

  it("a comparison has every measurement of both sides, and begins at nothing", async () => {
    const svg = await comparisonPlot(comparison);
    for (const text of ["the zip", "the baked image", "s", "0.0"]) assert.ok(texts(svg).includes(text), text);
    assert.equal(svg.match(/aria-roledescription="point"/g)?.length, 6);
  });

  it("a breakdown has a bar of each part", async () => {
    const parts = ["scheduling", "import"].map((name) => ({ name, values: [10, 20] }));
    const svg = await breakdownPlot([{ name: "Python", unit: "ms", parts }]);
    for (const text of ["Python", "scheduling", "import", "ms"]) assert.ok(texts(svg).includes(text), text);
  });
});
