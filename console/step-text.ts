import { displayPath } from "./plain-text.ts";
import type { StepState } from "./progress.ts";

/** How deep a step stands inside others; 0 for the outermost. */
export function depth(step: StepState): number {
  return step.parent === undefined ? 0 : 1 + depth(step.parent);
}

/** "[2/7] build etcd": the step's place among its like, where known, and its title. */
export function label(step: StepState): string {
  return step.count === "" ? step.title : `[${step.count}] ${step.title}`;
}

/** What is shown below a failed step: the lines that tell why, where there are any, and where its log is. */
export function failureLines(step: StepState, why: readonly string[], indent: string): string[] {
  if (why.length === 0) return [];
  return [...why.map((line) => `${indent}│ ${line}`.trimEnd()), `${indent}└ log: ${displayPath(step.log)}`];
}
