import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { evidenceFile, type Evidence } from "./evidence.ts";
import { resultFile, type MochaRecord } from "./mocha-reporter.ts";

/** The file in a run's logs that says what was tested. */
const commitFile = "commit";

/** What a run of tests came to. */
export interface TestRun {
  /** What was tested: a commit, with a `+` where files differed from it. */
  readonly commit: string;
  /** When it ended. */
  readonly date: Date;
  /** By suite. */
  readonly suites: Readonly<Record<string, Pick<MochaRecord, "passes" | "failures">>>;
  readonly evidence: readonly Evidence[];
}

/** Writes down what is tested. */
export async function recordCommit(folder: string, project: string): Promise<void> {
  const args = ["describe", "--always", "--exclude=*", "--dirty=+"];
  const { stdout, failed } = await execa("git", args, { cwd: project, reject: false });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, commitFile), failed ? "no commit" : stdout);
}

/** Whether a folder of logs has the results of all these suites. */
export function hasRun(folder: string, suites: readonly string[]): boolean {
  return [commitFile, ...suites.map(resultFile)].every((file) => existsSync(join(folder, file)));
}

/** Reads what is in a folder of logs; a suite that broke off has no results. */
export function readRun(folder: string, suites: readonly string[]): TestRun {
  const there = suites
    .map((suite) => [suite, join(folder, resultFile(suite))] as const)
    .filter(([, file]) => existsSync(file));
  const evidence = join(folder, evidenceFile);
  const lines = existsSync(evidence) ? readFileSync(evidence, "utf8").split("\n") : [];
  return {
    commit: readFileSync(join(folder, commitFile), "utf8"),
    date: new Date(Math.max(0, ...there.map(([, file]) => statSync(file).mtimeMs))),
    suites: Object.fromEntries(
      there.map(([suite, file]) => [suite, JSON.parse(readFileSync(file, "utf8")) as MochaRecord]),
    ),
    evidence: lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Evidence),
  };
}
