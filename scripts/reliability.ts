// Writes docs/reliability.md from the newest run of all tests: `npm test && npm run reliability`.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cli/root.ts";
import { stateDir } from "../cluster/paths.ts";
import { rows } from "../test/rows.ts";
import { reliabilityReport } from "./reliability-report.ts";
import { parts } from "./test-parts.ts";
import { hasRun, readRun } from "./test-run.ts";

const suites = parts.filter(({ kind }) => kind === "suite").map(({ name }) => name);
const logs = join(stateDir(), "logs");
const newest = (existsSync(logs) ? readdirSync(logs) : [])
  .sort()
  .reverse()
  .map((folder) => join(logs, folder))
  .find((folder) => hasRun(folder, suites));

if (newest === undefined) {
  process.stderr.write("error: there are no results of a whole run of the tests; run npm test first\n");
  process.exitCode = 1;
} else {
  writeFileSync(join(projectRoot, "docs", "reliability.md"), reliabilityReport(rows, readRun(newest, suites)));
}
