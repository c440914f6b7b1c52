/** A step of a command that was done, by its plain progress (console/plain-view.ts). */
export interface FinishedStep {
  /** Without its place among others, such as `[2/5]`. */
  readonly title: string;
  readonly seconds: number;
}

/** The steps that had no step inside, in the order of their ends. Some may have been worked at beside each other. */
export function finishedSteps(progress: string): FinishedStep[] {
  const finished: FinishedStep[] = [];
  /** Whether a step began inside of one that runs; of several that run beside each other, of the one that began last. */
  const running = new Map<string, { readonly depth: number; hasInside: boolean }>();
  for (const line of progress.split("\n")) {
    const [, indent = "", mark, label = "", taken = ""] = /^( *)([▸✔]) (.*?)(?: \(([\dhms. ]+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 2;
    const name = `${indent}${label}`;
    if (mark === "▸") {
      const outer = [...running.values()].filter((step) => step.depth === depth - 1).at(-1);
      if (outer !== undefined) outer.hasInside = true;
      running.set(name, { depth, hasInside: false });
    } else if (mark === "✔") {
      if (running.get(name)?.hasInside === false) {
        finished.push({ title: label.replace(/^\[\d+\/\d+\] /, ""), seconds: secondsIn(taken) });
      }
      running.delete(name);
    }
  }
  return finished;
}

/** The reverse of `formatDuration`, as exact as that is. */
export function secondsIn(duration: string): number {
  const units = { h: 3600, m: 60, s: 1 };
  const parts = [...duration.matchAll(/([\d.]+)([hms])/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}
