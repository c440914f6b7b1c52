import { setMaxListeners } from "node:events";
import type { Definition } from "../definition/types.ts";
import { Fault, GivenUp, type ProblemDetails } from "../executor/problem.ts";
import { runWorkflow } from "../executor/run.ts";
import type { TaskJournal } from "../store/journal.ts";
import { HandedOver } from "./active-runs.ts";
import type { TraceHeaders } from "./exchange.ts";
import { functionCaller } from "./functions.ts";
import { log } from "./log.ts";
import type { Observer } from "./observer.ts";
import type { Waker } from "./wake.ts";
import { webCaller } from "./web.ts";

/** What every run of a process has to do with. */
export interface Workplace {
  /** The functions' addresses by name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Bytes that a body may have, of a request and of an answer to one. */
  readonly largestBody: number;
  readonly waker: Waker;
  /** What is told of runs besides the log; undefined where nothing is. */
  readonly observer: Observer | undefined;
}

export interface Execution {
  readonly definition: Definition;
  readonly input: unknown;
  readonly trace: TraceHeaders;
  readonly startedAt?: number;
  /** Where the run's tasks are written down. */
  readonly journal?: TaskJournal | undefined;
  readonly signal: AbortSignal;
}

/** What the log says of a task's end. */
function told(error: Error | undefined): ["debug" | "info" | "warn", string] {
  if (error === undefined) return ["debug", "task completed"];
  return error instanceof GivenUp ? ["info", "task given up"] : ["warn", "task failed"];
}

export type Ending = { readonly output: unknown } | { readonly problem: ProblemDetails };

/** Runs a workflow, and says on the log what happens. */
export async function execute(run: Execution, workplace: Workplace): Promise<Ending> {
  const { addresses, largestBody, waker } = workplace;
  const { journal, trace, signal } = run;
  const runId = trace["x-knflow-run-id"];
  const start = performance.now();
  setMaxListeners(0, signal); // as many calls as a parallel map has at a time
  log("info", "run started", { runId });
  waker.wakeLaterSteps(trace);
  const observed = workplace.observer?.begin(trace);
  try {
    const output = await runWorkflow(run.definition, run.input, {
      runId,
      signal,
      ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
      ...(journal === undefined ? {} : { records: journal }),
      call: functionCaller(addresses, trace, largestBody, observed),
      http: webCaller(trace, largestBody, observed),
      taskStarted: ({ key }) => {
        journal?.started(key);
        observed?.taskStarted(key);
      },
      taskEnded: ({ key, pointer }, milliseconds, error) => {
        journal?.ended(key, milliseconds, error);
        // What is given up here goes on in another executor, which tells it.
        if (!(signal.reason instanceof HandedOver)) observed?.taskEnded({ key, pointer }, milliseconds, error);
        log(...told(error), {
          runId,
          task: pointer,
          durationMs: Math.round(milliseconds),
          ...(error ? { error: { type: error.name, message: error.message } } : {}),
        });
      },
    });
    log("info", "run completed", { runId, status: 200, durationMs: Math.round(performance.now() - start) });
    return { output };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { problem: error.problem };
  } finally {
    observed?.left();
  }
}
