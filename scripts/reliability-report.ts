import type { Row, TestOfRow } from "../test/rows.ts";
import type { TestRun } from "./test-run.ts";

/** How a row stands by a run's results. */
export interface RowResult {
  readonly row: Row;
  /** Tests of the row that ran: how many passed, and the titles of those that failed. */
  readonly passed: number;
  readonly failed: readonly string[];
  /** Tests that the row names, but which did not run. */
  readonly missing: readonly TestOfRow[];
  readonly evidence: readonly string[];
}

/** The titles of the tests that are meant and ran. */
export function titlesOf({ suite, title }: TestOfRow, run: TestRun): { passes: string[]; failures: string[] } {
  const { passes = [], failures = [] } = run.suites[suite] ?? {};
  const isMeant = (full: string) => title.test(full);
  return { passes: passes.filter(isMeant), failures: failures.filter(isMeant) };
}

export function resultOf(row: Row, run: TestRun): RowResult {
  const found = row.tests.map((test) => ({ test, ...titlesOf(test, run) }));
  return {
    row,
    passed: new Set(found.flatMap(({ passes }) => passes)).size,
    failed: found.flatMap(({ failures }) => failures),
    missing: found.filter(({ passes, failures }) => passes.length + failures.length === 0).map(({ test }) => test),
    evidence: run.evidence.filter(({ row: id }) => id === row.id).map(({ text }) => text),
  };
}

/** docs/reliability.md. */
export function reliabilityReport(rows: readonly Row[], run: TestRun): string {
  const results = rows.map((row) => resultOf(row, run));
  const shown = results.filter(({ passed, failed, missing }) => passed > 0 && failed.length + missing.length === 0);
  const tests = results.reduce((sum, { passed }) => sum + passed, 0);
  return [
    "# Reliability and security, as tested",
    "",
    "Made by `npm run reliability` from the results of a whole `npm test`; not written by hand.",
    "",
    `${shown.length} of ${rows.length} rows are shown, by ${tests} tests, on ${run.date.toISOString().slice(0, 10)} at ${run.commit}.`,
    "",
    ...["Faults", "Attacks"].flatMap((kind) => [
      `## ${kind}`,
      "",
      "| | What was tried | What has to come of it | Shown by | What was seen |",
      "| --- | --- | --- | --- | --- |",
      ...results.filter(({ row }) => row.kind === kind).map(line),
      "",
    ]),
  ].join("\n");
}

function line({ row, passed, failed, missing, evidence }: RowResult): string {
  const suites = [...new Set(row.tests.map(({ suite }) => suite))].join(", ");
  const verdict = [
    `${passed} passed (${suites})`,
    ...failed.map((title) => `**failed: ${title}**`),
    ...missing.map(({ suite, title }) => `**not run: ${suite}: ${title.source}**`),
  ];
  const cells = [row.id, row.what, row.expected, verdict.join("; "), evidence.join("; ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
