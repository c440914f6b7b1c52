import type { Progress, Step } from "../console/progress.ts";
import type { Measured } from "./results.ts";
import type { BenchCluster } from "./cluster/bench-cluster.ts";

/** What a case measures with. */
export interface Bench {
  readonly progress: Progress;
  readonly step: Step;
  /** How many rounds to measure where a case would take that many. */
  rounds(usual: number): number;
  /** The embedded cluster of the benchmark with its stack; brought up by the first case that asks. */
  cluster(): Promise<BenchCluster>;
}

/** One of the benchmark's cases. */
export interface Case {
  readonly id: string;
  /** What it compares, as a heading. */
  readonly title: string;
  /** What each side includes, for the report. */
  readonly includes: string;
  run(bench: Bench): Promise<Measured>;
}

/** Shows each round's values, in seconds, while a case runs. */
export function showRounds({ step }: Pick<Bench, "step">) {
  return (round: number, values: readonly number[]): void =>
    step.note(`round ${round}: ${values.map((value) => value.toFixed(2)).join(", ")} s`);
}
