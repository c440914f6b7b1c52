// What `npm test` runs: all parts, or those named, as in `npm test -- unit runtime`. See test-parts.ts.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Interrupted, passInterrupts, stopOnInterrupt } from "../cli/interrupt.ts";
import { commandLogDir } from "../cli/logs.ts";
import { projectRoot } from "../cli/root.ts";
import { stateDir } from "../cluster/paths.ts";
import { ensurePlatform } from "../cluster/platform/index.ts";
import { ensureDebianPackages, ensureTools } from "../cluster/toolchain/index.ts";
import { withToldLock } from "../cluster/toolchain/told-lock.ts";
import { UserError } from "../console/errors.ts";
import { createProgress, FailedStep } from "../console/progress.ts";
import { evidenceFile, evidenceVariable } from "./evidence.ts";
import { resultFile, type MochaResult } from "./mocha-reporter.ts";
import { titlesOf } from "./reliability-report.ts";
import { readRun, recordCommit } from "./test-run.ts";
import { chooseParts, parts, type Check, type Part, type Suite } from "./test-parts.ts";
import { report, type PartResult } from "./test-report.ts";

const logDir = commandLogDir("test");
// On standard output, so that it stands in order with what the tests print.
const progress = createProgress({ logDir, stream: process.stdout });
/** Lines of a failed check's output that are shown. */
const shownLines = 200;

passInterrupts();
try {
  const chosen = chooseParts(process.argv.slice(2));
  await recordCommit(logDir, projectRoot);
  const checks = chosen.filter((part) => part.kind === "check");
  const suites = chosen.filter(isSuite);
  const results = await Promise.all(checks.map(runCheck));
  const lanes = [...Map.groupBy(suites, ({ lane }) => lane).values()];
  // The last shows its tests as they come, the others each suite at its end.
  for (const lane of await Promise.all(lanes.map((each) => runLane(each, each === lanes.at(-1)))))
    results.push(...lane);
  if (suites.length === parts.filter(isSuite).length) results.push(await checkRows(suites));
  process.stdout.write(report(results));
  process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 2;
}

function isSuite(part: Part): part is Suite {
  return part.kind === "suite";
}

/** Whether every row of test/rows.ts, and what test/docs/coverage.ts leaves to other tests, was shown by a test that ran. */
async function checkRows(suites: readonly Suite[]): Promise<PartResult> {
  const startedAt = performance.now();
  const [{ rows }, { rules }] = await Promise.all([import("../test/rows.ts"), import("../test/docs/coverage.ts")]);
  const run = readRun(
    logDir,
    suites.map(({ name }) => name),
  );
  const commands = rules.flatMap(({ command, coverage }) =>
    coverage.by === "test" ? [{ id: command.source, tests: [coverage] }] : [],
  );
  const failures = [...rows, ...commands].flatMap(({ id, tests }) =>
    tests
      .filter((test) => Object.values(titlesOf(test, run)).flat().length === 0)
      .map(({ suite, title }) => `${id}: no test of ${suite} matches ${title.source}`),
  );
  return { name: "rows", passed: 0, failed: failures.length, failures, milliseconds: performance.now() - startedAt };
}

async function runCheck(check: Check): Promise<PartResult> {
  const [file, ...args] = check.command;
  return measured(check.name, () =>
    progress.run(check.name, async (step) => {
      const { failed, all } = await execa(process.execPath, [join(projectRoot, "node_modules", file), ...args], {
        cwd: projectRoot,
        all: true,
        stdout: ["pipe", { file: step.log, append: true }],
        stderr: ["pipe", { file: step.log, append: true }],
        reject: false,
      });
      if (failed) throw new FailedStep(`${check.name} found something`, all.split("\n").slice(0, shownLines));
      return { passed: 0, failed: 0, failures: [] };
    }),
  );
}

async function runLane(suites: readonly Suite[], live: boolean): Promise<PartResult[]> {
  const results: PartResult[] = [];
  for (const suite of suites) results.push(await runSuite(suite, live));
  return results;
}

async function runSuite(suite: Suite, live: boolean): Promise<PartResult> {
  return measured(suite.name, async () => {
    if (suite.packages.length > 0) await ensureDebianPackages([...suite.packages], progress);
    if (suite.tools.length === 0) return runMocha(suite.name, [], live);
    const tools = await ensureTools([...suite.tools], progress);
    if (!suite.platform) return runMocha(suite.name, [tools.binDir], live);
    await ensurePlatform(tools, progress);
    // Tests of another checkout have clusters of the same names.
    const waiting = `wait for another npm test to end its ${suite.name} tests`;
    return withToldLock(join(stateDir(), `test-${suite.name}.lock`), waiting, progress, () =>
      runMocha(suite.name, [tools.binDir], live),
    );
  });
}

/** Runs the part; where it cannot be run to its end, that counts as one failure. */
async function measured(name: string, run: () => Promise<MochaResult>): Promise<PartResult> {
  const startedAt = performance.now();
  try {
    const result = await run();
    return { name, ...result, milliseconds: performance.now() - startedAt };
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof UserError)) throw error;
    return { name, passed: 0, failed: 1, failures: [error.message], milliseconds: performance.now() - startedAt };
  }
}

/** Runs a suite's tests; what mocha prints goes where this process prints, as it comes or at the end. */
async function runMocha(name: string, folders: string[], live: boolean): Promise<MochaResult> {
  mkdirSync(logDir, { recursive: true });
  const output = join(logDir, resultFile(name));
  if (live) process.stdout.write(`▸ ${name} tests\n`);
  const child = execa(
    process.execPath,
    [
      join(projectRoot, "node_modules", "mocha", "bin", "mocha.js"),
      ...["--config", join("test", name, ".mocharc.json")],
      ...["--reporter", join(projectRoot, "scripts", "mocha-reporter.ts"), "--reporter-option", `output=${output}`],
    ],
    {
      cwd: projectRoot,
      stdio: live ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
      all: true,
      env: {
        PATH: [...folders, join(projectRoot, "node_modules", ".bin"), process.env.PATH].join(":"),
        [evidenceVariable]: join(logDir, evidenceFile),
      },
      // An interrupt reaches it once, from here, and lets it run its clean-up.
      detached: true,
      reject: false,
    },
  );
  const { exitCode, failed, shortMessage, all } = await stopOnInterrupt(
    () => child.kill("SIGINT"),
    () => child,
  );
  if (!live) process.stdout.write(`▸ ${name} tests\n${all}\n`);
  const result = readResult(output);
  if (result === undefined) throw new UserError(`the ${name} tests broke off: ${shortMessage ?? `exit ${exitCode}`}`);
  // Such as an error after the last test.
  if (failed && result.failed === 0) throw new UserError(`the ${name} tests passed, but mocha failed: ${shortMessage}`);
  return result;
}

function readResult(file: string): MochaResult | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as MochaResult;
  } catch {
    return undefined;
  }
}
