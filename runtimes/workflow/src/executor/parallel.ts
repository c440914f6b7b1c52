import { childSignal, Stop } from "./signals.ts";
import type { Outcome, Scope } from "./scope.ts";

/** One of several pieces of work. */
export type Work = (scope: Scope) => Promise<Outcome>;

/**
 * Does pieces of work at the same time, at most so many, and gives the list of their outputs in their order. When one fails
 * or ends the run, no further one is started, and those under way are given up.
 */
export async function inOrder(works: readonly Work[], atATime: number, scope: Scope): Promise<Outcome> {
  const outputs: unknown[] = new Array<unknown>(works.length);
  const child = childSignal(scope.signal);
  let next = 0;
  /** Why the rest is given up. */
  let stop: Outcome | Error | undefined;
  const worker = async () => {
    while (next < works.length && stop === undefined) {
      const index = next++;
      try {
        const outcome = await (works[index] as Work)({ ...scope, signal: child.signal });
        outputs[index] = outcome.output;
        if (outcome.ended) stop ??= outcome;
      } catch (error) {
        stop ??= error as Error;
      }
      if (stop !== undefined) child.abort(new Stop(reasonOf(stop)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, works.length) }, worker));
  if (stop instanceof Error) throw stop;
  return stop ?? { output: outputs, ended: false };
}

function reasonOf(stop: Outcome | Error): string {
  return `another task at the same time ${stop instanceof Error ? "failed" : "ended the run"}`;
}

/** Does pieces of work at the same time. The first that completes wins, and the others are given up; all must fail to fail. */
export async function first(works: readonly Work[], scope: Scope): Promise<Outcome> {
  const child = childSignal(scope.signal);
  let won: Outcome | undefined;
  let failure: Error | undefined;
  const run = async (work: Work) => {
    try {
      const outcome = await work({ ...scope, signal: child.signal });
      won ??= outcome;
      child.abort(new Stop("another branch was first"));
    } catch (error) {
      failure ??= error as Error;
    }
  };
  await Promise.all(works.map(run));
  if (won) return won;
  throw failure ?? new Error("there is nothing to do");
}
