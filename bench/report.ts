import { ratioText, shortNumber } from "./numbers.ts";
import { meets, type CaseResult, type Comparison, type Figure, type Goal, type MachineFacts } from "./results.ts";
import { median, pairRatios, summarize, type Summary } from "./statistics.ts";

/** A line of the overview: one ratio or one figure. */
export interface Line {
  readonly id: string;
  readonly what: string;
  readonly value: string;
  readonly goal: string;
  /** Undefined where there is no goal. */
  readonly met: boolean | undefined;
}

/** The lines of all cases, for the terminal and for the document's overview. */
export function overview(results: readonly CaseResult[]): Line[] {
  return results.flatMap(({ id, comparisons = [], figures = [] }) => [
    ...comparisons.map((one) => lineOf(id, one.name, ratioOf(one), one.goal, ratioText, "")),
    ...figures.map((one) => lineOf(id, one.name, summarize(one.values), one.goal, shortNumber, ` ${one.unit}`)),
  ]);
}

function lineOf(
  id: string,
  what: string,
  summary: Summary,
  goal: Goal | undefined,
  text: (value: number) => string,
  unit: string,
): Line {
  return {
    id,
    what,
    value: `${withInterval(summary, text)}${unit}`,
    goal: goal === undefined ? "" : `${"atMost" in goal ? "≤ " + goal.atMost : "≥ " + goal.atLeast}${unit}`,
    met: goal && meets(goal, summary.median),
  };
}

/** The ratio of a comparison: the median of the rounds' own ratios. */
export function ratioOf({ subject, baseline }: Comparison): Summary {
  return summarize(pairRatios(subject.values, baseline.values));
}

/** The overview as a Markdown table. */
export function overviewTable(results: readonly CaseResult[]): string {
  return markdownTable(
    ["", "What", "Ratio or figure", "Goal", ""],
    overview(results).map(({ id, what, value, goal, met }) => [
      `[${id}](#${id.toLowerCase()})`,
      what,
      value,
      goal,
      met === undefined ? "" : met ? "met" : "**missed**",
    ]),
  );
}

/** The absolute figures of a case, with what each side includes, as Markdown. */
export function caseSection(result: CaseResult): string {
  const { comparisons = [], figures = [], breakdowns = [] } = result;
  const rows = [
    ...comparisons.flatMap(({ name, unit, subject, baseline }) =>
      [subject, baseline].map((side) => figureRow({ name: `${name}: ${side.name}`, unit, values: side.values })),
    ),
    ...figures.map(figureRow),
  ];
  return [
    result.includes,
    ...(rows.length > 0 ? [markdownTable(["", "Median", "Interval", "Runs"], rows)] : []),
    ...breakdowns.map(({ name, unit, parts }) =>
      markdownTable(
        [name, `Median, ${unit}`, "Share"],
        parts.map((part) => [part.name, shortNumber(median(part.values)), share(part.values, parts)]),
      ),
    ),
    `Measured on ${result.measuredAt.slice(0, 10)} at ${result.commit} in ${Math.round(result.seconds)} s. Just before, with nothing to do, ` +
      `the processors were busy for ${percent(result.busyBefore)} of the time; meanwhile the machine's host gave ` +
      `${percent(result.stolen)} of it to others.`,
  ].join("\n\n");
}

function figureRow({ name, unit, values }: Omit<Figure, "goal">): string[] {
  const summary = summarize(values);
  const { low, high, count } = summary;
  return [name, `${shortNumber(summary.median)} ${unit}`, `${shortNumber(low)} to ${shortNumber(high)}`, String(count)];
}

function share(values: readonly number[], parts: readonly { readonly values: readonly number[] }[]): string {
  const whole = parts.reduce((sum, part) => sum + median(part.values), 0);
  return `${Math.round((median(values) / whole) * 100)} %`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function withInterval({ median, low, high }: Summary, text: (value: number) => string): string {
  return low === high ? text(median) : `${text(median)} (${text(low)} to ${text(high)})`;
}

/** The machine's facts as one line. */
export function machineLine({ processor, processors, memoryGiB, system, versions }: MachineFacts): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${processors} × ${processor}, ${memoryGiB} GiB; ${system}; ${programs.join(", ")}`;
}

/**
 * The document with its generated parts replaced: what stands between `<!-- NAME -->` and `<!-- /NAME -->`. All else is written by
 * hand and stays.
 *
 * @throws RangeError where the document has no such place
 */
export function replaceParts(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, content]) => {
    const place = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`);
    if (!place.test(text)) throw new RangeError(`the document has no place ${name}`);
    // A function, since "$" in a replacement's text means something.
    return text.replace(place, (_, start: string, end: string) => `${start}\n\n${content}\n\n${end}`);
  }, document);
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
