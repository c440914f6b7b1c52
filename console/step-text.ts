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

/** What is shown below a failed step, whose log ended with `tail`. */
export function failureLines(step: StepState, tail: string[], indent: string): string[] {
  if (tail.length === 0) return [];
  return [...tail.map((line) => `${indent}│ ${line}`.trimEnd()), `${indent}└ log: ${displayPath(step.log)}`];
}
