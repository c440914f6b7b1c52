import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Definition } from "../definition/types.ts";
import type { ProblemDetails } from "../executor/problem.ts";
import type { RunState, RunStore, RunSummary, StoredRun, StoredTask } from "../store/runs.ts";
import type { KeeperToken } from "../store/keeper-token.ts";
import { execute } from "./execute.ts";
import { RequestError } from "./input.ts";
import { log } from "./log.ts";
import { reply } from "./reply.ts";
import { cancelled, type RunRequest, type ServedWorkflow } from "./requests.ts";
import { Cancelled, HandedOver, type ActiveRuns } from "./active-runs.ts";
import { storedTrace, traceIn } from "./trace.ts";

/** Of a request's time, the part after which it is answered although the run goes on. */
const answerAt = 0.9;
const [fewest, usual, most] = [1, 20, 200];
/** Tasks of a run that are shown: those that were started last. */
const mostTasks = 1000;

/** A workflow whose runs are written down. */
export interface StoredWorkflow extends ServedWorkflow {
  readonly runs: ActiveRuns;
  /** Gives the store, and fails where it cannot be reached. */
  readonly store: () => Promise<RunStore>;
  /** Tells the run keeper from others. */
  readonly keeper: KeeperToken;
  /** Gives the definition in an object of the file server. */
  readonly load: (object: string) => Promise<Definition>;
}

/** `POST /runs`: starts a run, and answers where it is to be found. */
export async function startRun(
  { name, object, revision, store }: StoredWorkflow,
  { runId, trace, parent, input }: RunRequest,
  response: ServerResponse,
): Promise<void> {
  const run = {
    workflow: name,
    id: runId,
    archive: object,
    revision,
    trace: storedTrace(trace, parent),
    input: JSON.stringify(input),
  };
  if (!(await (await reached(store)).begin(run))) {
    throw new RequestError(409, "Conflict", `there is a run ${runId} already; send another x-knflow-run-id, or none`);
  }
  response.setHeader("location", `/runs/${runId}`);
  reply(response, 202, { id: runId, state: "running" });
}

/** `GET /runs`: the last runs, the newest first. */
export async function listRuns(
  { name, store }: StoredWorkflow,
  query: string,
  response: ServerResponse,
): Promise<void> {
  const limit = new URLSearchParams(query).get("limit") ?? String(usual);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < fewest || Number(limit) > most) {
    throw new RequestError(400, "BadRequest", `limit is '${limit}'; it must be a number from ${fewest} to ${most}`);
  }
  const runs = await (await reached(store)).recent(name, Number(limit));
  reply(response, 200, { runs: runs.map(summary) });
}

/** `GET /runs/<id>`: a run with its tasks. */
export async function showRun({ name, store, runs }: StoredWorkflow, id: string, response: ServerResponse) {
  const [found] = await Promise.all([reached(store), runs.written(id)]);
  const run = await found.find(name, id);
  if (!run) throw noRun(id);
  const tasks = await found.lastTasks(name, id, mostTasks + 1);
  const result = run.result === null ? {} : { [run.state === "completed" ? "output" : "problem"]: parsed(run.result) };
  reply(response, 200, {
    ...summary(run),
    archive: run.archive,
    traceparent: traceIn(run.trace).trace.traceparent,
    executors: run.executors,
    input: parsed(run.input),
    ...result,
    ...(tasks.length > mostTasks ? { moreTasks: true } : {}),
    tasks: tasks
      .slice(-mostTasks)
      .filter(({ key }) => !isAttempt(key))
      .map(shownTask),
  });
}

/** `POST /runs/<id>/cancel`: ends a run. */
export async function cancelRun({ name, store, runs, observer }: StoredWorkflow, id: string, response: ServerResponse) {
  const found = await reached(store);
  await runs.written(id);
  const ended = await found.cancel(name, id, JSON.stringify(cancelled({ instance: "/" })));
  runs.cancelled(id);
  const run = await found.find(name, id);
  if (!run) throw noRun(id);
  if (!ended && run.state !== "cancelled") throw new RequestError(409, "Conflict", `the run ${id} is ${run.state}`);
  if (ended) {
    log("warn", "run cancelled", { runId: id });
    observer?.ended({ ...traceIn(run.trace), startedAt: run.started, state: "cancelled" });
  }
  reply(response, 200, summary(run));
}

/**
 * `POST /runs/<id>/continue`: takes up a run that no executor has, and answers at its end, or 202 when the request's time is
 * over. The run goes on then; the run keeper asks again, so that Knative keeps the pod.
 */
export async function continueRun(
  workflow: StoredWorkflow,
  id: string,
  token: string,
  response: ServerResponse,
): Promise<void> {
  if (!workflow.keeper.admits(token)) throw new RequestError(403, "Forbidden", "only the run keeper continues runs");
  const { runs, store, timeoutSeconds } = workflow;
  await reached(store);
  const work = runs.working(id) ?? runs.work(id, takeUp(workflow, id));
  const late = sleep(Math.floor(timeoutSeconds * answerAt * 1000), "running" as const, { ref: false });
  const state = await Promise.race([work, late]);
  reply(response, state === "running" ? 202 : 200, { id, state });
}

async function takeUp(workflow: StoredWorkflow, id: string): Promise<RunState> {
  const taken = await workflow.runs.take(id);
  if (!taken) throw new RequestError(409, "Conflict", `the run ${id} is not there, has ended, or is being run`);
  const { run, active } = taken;
  const { journal, signal } = active;
  let definition = workflow.definition;
  try {
    if (run.archive !== workflow.object) definition = await workflow.load(run.archive);
  } catch (error) {
    await active.release();
    const { message } = error as Error;
    throw new RequestError(
      503,
      "DefinitionUnavailable",
      `the definition of the run ${id} cannot be loaded: ${message}`,
    );
  }
  const { trace, parent } = traceIn(run.trace);
  const input = parsed(run.input);
  const end = (state: RunState, result: unknown, problem?: ProblemDetails) =>
    active.end(state, result, () =>
      workflow.observer?.ended({ trace, parent, startedAt: run.started, state, problem }),
    );
  try {
    const ending = await execute({ definition, input, trace, startedAt: run.started, journal, signal }, workflow);
    if ("problem" in ending && signal.reason instanceof HandedOver) {
      await active.release();
      return "running";
    }
    if ("problem" in ending && signal.reason instanceof Cancelled) {
      active.forget();
      return "cancelled";
    }
    if ("problem" in ending) {
      log("error", "run faulted", { runId: id, problem: ending.problem });
      end("faulted", ending.problem, ending.problem);
    } else end("completed", ending.output);
    await workflow.runs.written(id);
    return "output" in ending ? "completed" : "faulted";
  } catch (error) {
    const detail = (error as Error).message;
    const problem = { type: "about:blank", title: "Internal Error", status: 500, detail, instance: "/" };
    end("faulted", problem, problem);
    throw error;
  }
}

async function reached(store: () => Promise<RunStore>): Promise<RunStore> {
  try {
    return await store();
  } catch (error) {
    throw new RequestError(503, "StoreUnavailable", `the run store cannot be reached: ${(error as Error).message}`);
  }
}

function noRun(id: string): RequestError {
  return new RequestError(404, "NotFound", `there is no run ${id}; it never was, or is removed by its age`);
}

function summary({ id, workflow, state, started, ended }: RunSummary | StoredRun) {
  const times = ended === null ? {} : { endedAt: moment(ended), durationMs: ended - started };
  return { id, workflow, state, startedAt: moment(started), ...times };
}

/** An attempt of a `try`, which is no task of its own. */
function isAttempt(key: string): boolean {
  return /~a\d+$/.test(key);
}

/** `/do/0/load~a1/try/0/count`: the second attempt of `load`. */
function shownTask({ key, started, duration, error }: StoredTask) {
  const attempt = [...key.matchAll(/~a(\d+)/g)].at(-1)?.[1];
  const items = [...key.matchAll(/~i(\d+)/g)].map((match) => Number(match[1]));
  return {
    task: key.replace(/~[aiv]\d+/g, ""),
    ...(items.length === 0 ? {} : { items }),
    attempt: attempt === undefined ? 1 : Number(attempt) + 1,
    startedAt: moment(started),
    ...(duration === null ? {} : { durationMs: duration }),
    ...(error === null ? {} : { error }),
  };
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}
