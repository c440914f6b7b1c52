import { writeFileSync } from "node:fs";
import mocha from "mocha";
import type { MochaOptions, Runner } from "mocha";

/** What one run of mocha came to. */
export interface MochaResult {
  readonly passed: number;
  /** failed tests and hooks */
  readonly failed: number;
  /** full titles of what failed */
  readonly failures: readonly string[];
  /** the first lines of each one's error, in the same order */
  readonly reasons?: readonly string[];
}

/** The same with what passed. */
export interface MochaRecord extends MochaResult {
  /** full titles */
  readonly passes: readonly string[];
}

const reasonLines = 4;
const reasonWidth = 400;

/** The name of a suite's record in the folder of that run's logs. */
export function resultFile(suite: string): string {
  return `${suite}.json`;
}

/** mocha's `spec` reporter that also writes the numbers to the file named by the reporter option `output`. */
class SpecAndResult extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { output } = options.reporterOptions as { output: string };
    const failures: string[] = [];
    const reasons: string[] = [];
    const passes: string[] = [];
    runner.on("fail", (test, error: Error | undefined) => {
      failures.push(test.fullTitle());
      reasons.push(reasonOf(error));
    });
    runner.on("pass", (test) => passes.push(test.fullTitle()));
    runner.once("end", () => {
      const passed = runner.stats?.passes ?? 0;
      const result: MochaRecord = { passed, failed: failures.length, failures, reasons, passes };
      writeFileSync(output, JSON.stringify(result));
    });
  }
}

/** What is wrong, shortened: a counterexample can be long. Errors of parallel tests are objects that look like one. */
function reasonOf(error: { readonly message?: string } | null | undefined): string {
  const lines = (error?.message ?? "no reason").split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(0, reasonLines)
    .map((line) => line.slice(0, reasonWidth))
    .join("\n");
}

// mocha loads reporters by require(), which gives this export of an ES module.
export { SpecAndResult as "module.exports" };
