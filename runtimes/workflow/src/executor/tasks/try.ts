import type { TryTask } from "../../definition/types.ts";
import { contextSince, takeOver } from "../context.ts";
import { holds } from "../data.ts";
import type { FailedAttempt } from "../environment.ts";
import { runTasks } from "../list.ts";
import { Fault, matches, type ProblemDetails } from "../problem.ts";
import { delayBefore, policyOf } from "../retry.ts";
import { below, turn, withVariables, type Outcome, type Place, type Scope } from "../scope.ts";
import type { Performance } from "../task.ts";
import { inMilliseconds, limited, pause } from "../time.ts";

/**
 * `try`: catches errors of its tasks, and does them again or others instead. A run that is taken up comes by the attempts before
 * to the same decisions, and waits for what is left of the last pause.
 */
export async function performTry(task: TryTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const { catch: rule } = task;
  const policy = policyOf(rule.retry, scope);
  let begun = Date.now();
  for (let attempt = 0; ; attempt++) {
    const tried = await attemptOnce(task, input, turn(place, "a", attempt), scope, begun);
    if (!("problem" in tried)) return tried;
    const { problem, failed, chance } = tried;
    begun = tried.begun;
    const caught = withVariables(scope, { [rule.as ?? "error"]: problem });
    if (!(await isCaught(task, problem, input, place, caught))) throw new Fault(problem);
    const progress = { retry: attempt + 1, elapsed: failed - begun, chance };
    const delay = policy && (await delayBefore(policy, progress, input, place, caught));
    if (delay !== undefined) await pause(failed + delay - Date.now(), place.pointer, scope.signal);
    else if (rule.do) return runTasks(rule.do, input, below(place, "catch", "do"), caught);
    else if (policy) throw new Fault(problem);
    else return { output: input };
  }
}

async function attemptOnce(
  task: TryTask,
  input: unknown,
  place: Place,
  scope: Scope,
  begun: number,
): Promise<Outcome | ({ readonly problem: ProblemDetails } & FailedAttempt)> {
  const { records } = scope.run.environment;
  const record = await records?.find(place.key);
  if (record && "problem" in record) {
    takeOver(scope.run, record);
    return { begun, failed: Date.now(), chance: Math.random(), ...record };
  }
  const before = scope.run.context;
  const limit = policyOf(task.catch.retry, scope)?.limit?.attempt?.duration;
  const milliseconds = limit === undefined ? undefined : inMilliseconds(limit);
  try {
    return await limited(milliseconds, place, scope, (inner) => runTasks(task.try, input, below(place, "try"), inner));
  } catch (error) {
    // What is given up from outside is not an error of its own to catch.
    if (!(error instanceof Fault) || scope.signal.aborted) throw error;
    const attempt = { problem: error.problem, begun, failed: Date.now(), chance: Math.random() };
    await records?.keep(place.key, { ...attempt, ...contextSince(before, scope.run) });
    return attempt;
  }
}

async function isCaught(
  { catch: rule }: TryTask,
  problem: ProblemDetails,
  input: unknown,
  { pointer }: Place,
  scope: Scope,
): Promise<boolean> {
  if (!matches(problem, rule.errors?.with ?? {})) return false;
  if (rule.when !== undefined && !(await holds(rule.when, input, pointer, scope))) return false;
  return rule.exceptWhen === undefined || !(await holds(rule.exceptWhen, input, pointer, scope));
}
