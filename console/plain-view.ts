import { formatDuration } from "./duration.ts";
import { displayPath } from "./plain-text.ts";
import type { ProgressView, StepState } from "./progress.ts";
import { depth, failureLines, label } from "./step-text.ts";

/** Lines for a log: a step's start, its end with the time it took, and a sign of life while it is long at work. */
export function createPlainView(stream: NodeJS.WritableStream, heartbeatMilliseconds: number): ProgressView {
  const heartbeats = new Map<StepState, NodeJS.Timeout>();
  const print = (step: StepState, text: string) => stream.write(`${"  ".repeat(depth(step))}${text}\n`);

  const beat = (step: StepState) => {
    if (hasStepInside(step, heartbeats.keys())) return;
    const elapsed = formatDuration(performance.now() - step.startedAt);
    const note = step.note === "" ? "" : `: ${step.note}`;
    print(step, `… ${label(step)}: ${elapsed}${note} (log: ${displayPath(step.log)})`);
  };

  return {
    started(step) {
      print(step, `▸ ${label(step)}`);
      heartbeats.set(step, setInterval(beat, heartbeatMilliseconds, step).unref());
    },
    finished(step, why) {
      clearInterval(heartbeats.get(step));
      heartbeats.delete(step);
      const elapsed = formatDuration(performance.now() - step.startedAt);
      if (why === undefined) {
        print(step, `✔ ${label(step)} (${elapsed})`);
        return;
      }
      print(step, `✗ ${label(step)} (${elapsed})`);
      for (const line of failureLines(step, why, "  ")) print(step, line);
    },
  };
}

function hasStepInside(step: StepState, running: Iterable<StepState>): boolean {
  return [...running].some((other) => other.parent === step);
}
