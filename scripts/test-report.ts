import { formatDuration } from "../console/duration.ts";
import { table } from "../console/table.ts";
import type { MochaResult } from "./mocha-reporter.ts";

/** What a part of `npm test` came to; a check that fails and a suite that breaks off count as one failure. */
export interface PartResult extends MochaResult {
  readonly name: string;
  readonly milliseconds: number;
}

/** The end of `npm test`: what failed, a table of the parts, and on the last line the numbers alone. */
export function report(results: readonly PartResult[]): string {
  const failures = results.flatMap(({ name, failures: titles, reasons }) =>
    titles.map((title, index) => `✗ ${name}: ${title}\n${indented(reasons?.[index] ?? "")}`),
  );
  const rows = results.map(({ name, passed, failed, milliseconds }) => [
    failed > 0 ? "✗" : "✔",
    name,
    String(passed),
    String(failed),
    formatDuration(milliseconds),
  ]);
  const sum = (count: (result: PartResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const passed = sum((result) => result.passed);
  const failed = sum((result) => result.failed);
  return [
    "\n",
    ...failures,
    failures.length > 0 ? "\n" : "",
    table([["", "PART", "PASSED", "FAILED", "TIME"], ...rows]),
    "\n",
    `${passed} passed, ${failed} failed\n`,
  ].join("");
}

function indented(text: string): string {
  return text === "" ? "" : text.replaceAll(/^/gm, "  ") + "\n";
}
