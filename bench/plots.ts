import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Breakdown, CaseResult, Comparison } from "./results.ts";
import { ratioOf } from "./report.ts";
import { median } from "./statistics.ts";

/** Colours that people who see few colours tell apart, on light and on dark pages. */
const colours = { subject: "#0072b2", baseline: "#d55e00", met: "#009e73", missed: "#d55e00", goal: "#333333" };
const config: TopLevelSpec["config"] = {
  background: "white",
  font: "sans-serif",
  // No limits: without a browser, the width of texts is only guessed, and too wide.
  axis: { labelFontSize: 12, titleFontSize: 12, labelLimit: 0, gridColor: "#eeeeee" },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    labelLimit: 0,
    orient: "bottom",
    title: null,
    direction: "vertical",
  },
  title: { fontSize: 13, anchor: "start" },
};

/** All ratios with their intervals and goals, on one scale. */
export function ratiosPlot(results: readonly CaseResult[]): Promise<string> {
  const values = results.flatMap(({ id, comparisons = [] }) =>
    comparisons.map((one) => {
      const { median, low, high } = ratioOf(one);
      const goal = one.goal && ("atMost" in one.goal ? one.goal.atMost : one.goal.atLeast);
      const met = one.goal && ("atMost" in one.goal ? median <= one.goal.atMost : median >= one.goal.atLeast);
      const verdict = met === undefined ? "no goal" : met ? "goal met" : "goal missed";
      return { name: `${id} ${one.name}`, median, low, high, goal: goal ?? null, verdict };
    }),
  );
  const y = { field: "name", type: "nominal", sort: null, title: null, axis: { grid: true } } as const;
  const color = {
    field: "verdict",
    type: "nominal",
    scale: { domain: ["goal met", "goal missed", "no goal"], range: [colours.met, colours.missed, colours.subject] },
    legend: { title: null },
  } as const;
  return render({
    data: { values },
    width: 420,
    height: { step: 24 },
    layer: [
      {
        mark: { type: "tick", thickness: 2, size: 18, color: colours.goal },
        transform: [{ filter: "datum.goal !== null" }],
        encoding: { y, x: { field: "goal", type: "quantitative" } },
      },
      {
        mark: { type: "rule", strokeWidth: 2 },
        encoding: { y, x: { field: "low", type: "quantitative" }, x2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, size: 80, opacity: 1 },
        encoding: {
          y,
          color,
          x: {
            field: "median",
            type: "quantitative",
            scale: { type: "log", nice: false },
            axis: { format: "~g", tickCount: 8 },
            title: "ratio (log scale): point and line: median and interval; upright stroke: goal",
          },
        },
      },
    ],
  });
}

/** Every measurement of a comparison as a point, with the sides' medians. */
export function comparisonPlot({ name, unit, subject, baseline }: Comparison): Promise<string> {
  const sides = [subject, baseline];
  const values = sides.flatMap((side) => side.values.map((value, round) => ({ side: side.name, value, round })));
  const medians = sides.map((side) => ({ side: side.name, value: median(side.values) }));
  const y = { field: "side", type: "nominal", sort: sides.map((side) => side.name), title: null } as const;
  const x = { field: "value", type: "quantitative", title: unit, scale: { domainMin: 0 } } as const;
  const color = {
    field: "side",
    type: "nominal",
    scale: { domain: sides.map((side) => side.name), range: [colours.subject, colours.baseline] },
    legend: null,
  } as const;
  return render({
    title: `${name}: each point a measurement, the stroke their median`,
    width: 480,
    height: { step: 44 },
    layer: [
      {
        data: { values },
        transform: [{ calculate: "((datum.round * 7) % 11 - 5) / 5 * 9", as: "spread" }],
        mark: { type: "point", filled: true, size: 36, opacity: 0.55 },
        encoding: { x, y, color, yOffset: { field: "spread", type: "quantitative", scale: { domain: [-16, 16] } } },
      },
      {
        data: { values: medians },
        mark: { type: "tick", thickness: 3, size: 34 },
        encoding: { x, y, color },
      },
    ],
  });
}

/** What a whole is made of, one bar of the parts' medians a breakdown. */
export function breakdownPlot(breakdowns: readonly Breakdown[]): Promise<string> {
  const values = breakdowns.flatMap(({ name, parts }) =>
    parts.map((part, order) => ({ whole: name, part: part.name, value: median(part.values), order })),
  );
  const names = [...new Set(values.map(({ part }) => part))];
  return render({
    data: { values },
    width: 480,
    height: { step: 44 },
    mark: "bar",
    encoding: {
      y: { field: "whole", type: "nominal", title: null, sort: null },
      x: { field: "value", type: "quantitative", title: breakdowns[0]?.unit ?? "", stack: "zero" },
      color: { field: "part", type: "nominal", sort: names, scale: { scheme: "tableau10" } },
      order: { field: "order", type: "quantitative" },
    },
  });
}

async function render(spec: object): Promise<string> {
  const { spec: compiled } = compile({ config, ...spec } as TopLevelSpec);
  return `${await new View(parse(compiled), { renderer: "none" }).toSVG()}\n`;
}
