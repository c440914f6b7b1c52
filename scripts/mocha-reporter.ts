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
}

/** mocha's `spec` reporter that also writes the numbers to the file named by the reporter option `output`. */
class SpecAndResult extends mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { output } = options.reporterOptions as { output: string };
    const failures: string[] = [];
    runner.on("fail", (test) => failures.push(test.fullTitle()));
    runner.once("end", () => {
      const result: MochaResult = { passed: runner.stats?.passes ?? 0, failed: failures.length, failures };
      writeFileSync(output, JSON.stringify(result));
    });
  }
}

// mocha loads reporters by require(), which gives this export of an ES module.
export { SpecAndResult as "module.exports" };
