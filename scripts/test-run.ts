import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { evidenceFile, type Evidence } from "./evidence.ts";
import { resultFile, type MochaRecord } from "./mocha-reporter.ts";

/** What a run of tests came to. */
export interface TestRun {
  /** When it ended. */
  readonly date: Date;
  /** By suite. */
  readonly suites: Readonly<Record<string, Pick<MochaRecord, "passes" | "failures">>>;
  readonly evidence: readonly Evidence[];
}

/** Whether a folder of logs has the results of all these suites. */
export function hasRun(folder: string, suites: readonly string[]): boolean {
  return suites.every((suite) => existsSync(join(folder, resultFile(suite))));
}

/** Reads what is in a folder of logs; a suite that broke off has no results. */
export function readRun(folder: string, suites: readonly string[]): TestRun {
  const there = suites
    .map((suite) => [suite, join(folder, resultFile(suite))] as const)
    .filter(([, file]) => existsSync(file));
  const evidence = join(folder, evidenceFile);
  const lines = existsSync(evidence) ? readFileSync(evidence, "utf8").split("\n") : [];
  return {
    date: new Date(Math.max(0, ...there.map(([, file]) => statSync(file).mtimeMs))),
    suites: Object.fromEntries(
      there.map(([suite, file]) => [suite, JSON.parse(readFileSync(file, "utf8")) as MochaRecord]),
    ),
    evidence: lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Evidence),
  };
}
