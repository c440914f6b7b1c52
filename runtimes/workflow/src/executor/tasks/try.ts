import type { TryTask } from "../../definition/types.ts";
import { contextSince, takeOver } from "../context.ts";
import { holds } from "../data.ts";
import { runTasks } from "../list.ts";
import { Fault, matches, type ProblemDetails } from "../problem.ts";
import { delayBefore, policyOf } from "../retry.ts";
import { below, turn, withVariables, type Outcome, type Place, type Scope } from "../scope.ts";
import type { Performance } from "../task.ts";
import { inMilliseconds, limited, pause } from "../time.ts";

/** `try`: catches errors of its tasks, and does them again or others instead. */
export async function performTry(task: TryTask, input: unknown, place: Place, scope: Scope): Promise<Performance> {
  const { catch: rule } = task;
  const policy = policyOf(rule.retry, scope);
  const begun = performance.now();
  for (let attempt = 0; ; attempt++) {
    const tried = await attemptOnce(task, input, turn(place, "a", attempt), scope);
    if (!("problem" in tried)) return tried;
    const { problem } = tried;
    const caught = withVariables(scope, { [rule.as ?? "error"]: problem });
    if (!(await isCaught(task, problem, input, place, caught))) throw new Fault(problem);
    const delay = policy && (await delayBefore(policy, { retry: attempt + 1, begun }, input, place, caught));
    if (delay !== undefined) await pause(delay, place.pointer, scope.signal);
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
): Promise<Outcome | { readonly problem: ProblemDetails }> {
  const { records } = scope.run.environment;
  const record = await records?.find(place.key);
  if (record && "problem" in record) {
    takeOver(scope.run, record);
    return record;
  }
  const before = scope.run.context;
  const limit = policyOf(task.catch.retry, scope)?.limit?.attempt?.duration;
  const milliseconds = limit === undefined ? undefined : inMilliseconds(limit);
  try {
    return await limited(milliseconds, place, scope, (inner) => runTasks(task.try, input, below(place, "try"), inner));
  } catch (error) {
    // What is given up from outside is not an error of its own to catch.
    if (!(error instanceof Fault) || scope.signal.aborted) throw error;
    await records?.keep(place.key, { problem: error.problem, ...contextSince(before, scope.run) });
    return { problem: error.problem };
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
