/** Measurements of one side, in the order in which they were taken. */
export interface Series {
  /** What was measured, as a table names it. */
  readonly name: string;
  readonly values: readonly number[];
}

/** A bound of a goal: at most, or at least. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** Two sides that were measured in turn in one run. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly subject: Series;
  readonly baseline: Series;
  /** Of the ratio, subject to baseline. */
  readonly goal?: Goal;
}

/** One side alone, such as a time that has a goal of its own. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly goal?: Goal;
}

/** What a whole is made of: the parts of each run, which add up to it. */
export interface Breakdown {
  readonly name: string;
  readonly unit: string;
  readonly parts: readonly Series[];
}

/** What a case measured. */
export interface Measured {
  readonly comparisons?: readonly Comparison[];
  readonly figures?: readonly Figure[];
  readonly breakdowns?: readonly Breakdown[];
}

/** What the results file keeps of a case: each may come from another run. */
export interface CaseResult extends Measured {
  readonly id: string;
  readonly title: string;
  /** What each side includes. */
  readonly includes: string;
  readonly measuredAt: string;
  readonly commit: string;
  readonly machine: MachineFacts;
  /** Seconds that it took. */
  readonly seconds: number;
  /** The share of the processors that something used just before, 0 to 1: other programs, and the cluster at rest. */
  readonly busyBefore: number;
  /** The share of its time that the machine's host gave to others, 0 to 1. */
  readonly stolen: number;
}

/** What the figures depend on. */
export interface MachineFacts {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Whether a value is within a goal. */
export function meets(goal: Goal, value: number): boolean {
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}
