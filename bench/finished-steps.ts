/** A step of a command that was done, by its plain progress (console/plain-view.ts). */
export interface FinishedStep {
  /** Without its place among others, such as `[2/5]`. */
  readonly title: string;
  readonly seconds: number;
}

/** The steps that had no step inside, in the order of their ends: together they are what was worked at. */
export function finishedSteps(progress: string): FinishedStep[] {
  const finished: FinishedStep[] = [];
  /** Of each depth at which a step runs, whether a step began inside of it. */
  const hasInside: boolean[] = [];
  for (const line of progress.split("\n")) {
    const [, indent = "", mark, title = "", taken = ""] =
      /^( *)([▸✔]) (?:\[\d+\/\d+\] )?(.*?)(?: \(([\dhms. ]+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 2;
    if (mark === "▸") {
      hasInside[depth] = false;
      if (depth > 0) hasInside[depth - 1] = true;
    } else if (mark === "✔" && hasInside[depth] !== true) finished.push({ title, seconds: secondsIn(taken) });
  }
  return finished;
}

/** The reverse of `formatDuration`, as exact as that is. */
export function secondsIn(duration: string): number {
  const units = { h: 3600, m: 60, s: 1 };
  const parts = [...duration.matchAll(/([\d.]+)([hms])/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}
