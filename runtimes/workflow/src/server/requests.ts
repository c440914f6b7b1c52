import type { IncomingMessage, ServerResponse } from "node:http";
import type { Definition } from "../definition/types.ts";
import { Stop } from "../executor/signals.ts";
import { isErrorStatus, type ProblemDetails } from "../executor/problem.ts";
import { Cancelled, HandedOver, type ActiveRun, type ActiveRuns } from "./active-runs.ts";
import { execute, type Workplace } from "./execute.ts";
import type { RunState } from "../store/runs.ts";
import type { TraceHeaders } from "./exchange.ts";
import { log } from "./log.ts";
import { RequestError } from "./input.ts";
import type { WorkflowPage } from "./page.ts";
import { refuse, reply } from "./reply.ts";
import { storedTrace } from "./trace.ts";

/** Why a run is stopped that nobody waits for. */
class ClientGone extends Stop {}

/** What a server serves. */
export interface ServedWorkflow extends Workplace {
  readonly name: string;
  /** The object with the definition, on the file server. */
  readonly object: string;
  /** The Knative Revision that this is; null outside of Knative. */
  readonly revision: string | null;
  readonly definition: Definition;
  /** Seconds that a run may take whose client waits. */
  readonly timeoutSeconds: number;
  /** Where runs are written down; without it, only runs whose client waits are possible. */
  readonly runs: ActiveRuns | undefined;
  /** What browsers are shown; undefined where they are clients as any other. */
  readonly page: WorkflowPage | undefined;
}

/** A request for a run. */
export interface RunRequest {
  readonly runId: string;
  readonly trace: TraceHeaders;
  /** The `traceparent` of the span that it comes from; empty where none is said. */
  readonly parent: string;
  readonly input: unknown;
}

/** `POST /` and `GET /`: runs the workflow, and answers its output or its problem. */
export async function answerRun(
  workflow: ServedWorkflow,
  { runId, trace, parent, input }: RunRequest,
  response: ServerResponse<IncomingMessage>,
): Promise<void> {
  const startedAt = Date.now();
  const start = performance.now();
  const elapsed = () => Math.round(performance.now() - start);
  const gone = new AbortController();
  // Who asked has gone: nobody waits for the rest of the run.
  response.once("close", () => gone.abort(new ClientGone("the client went away")));
  const stored = workflow.runs?.begin({
    id: runId,
    archive: workflow.object,
    revision: workflow.revision,
    trace: storedTrace(trace, parent),
    input: JSON.stringify(input),
  });
  const late = AbortSignal.timeout(workflow.timeoutSeconds * 1000);
  const signal = AbortSignal.any([gone.signal, late, ...(stored ? [stored.signal] : [])]);
  const { definition, observer } = workflow;
  const end = (state: RunState, result: unknown, problem?: ProblemDetails) => {
    const tell = () => observer?.ended({ trace, parent, startedAt, state, problem });
    if (stored) stored.end(state, result, tell);
    else tell();
  };
  try {
    const ending = await execute({ definition, input, trace, journal: stored?.journal, signal }, workflow);
    if ("output" in ending) {
      end("completed", ending.output);
      return reply(response, 200, ending.output);
    }
    const { problem } = ending;
    // Of several reasons the first one.
    const reason: unknown = signal.reason;
    if (stored && reason instanceof HandedOver) return await handOver(response, stored, reason);
    if (reason instanceof ClientGone) {
      log("warn", "run given up: the client went away", { runId, durationMs: elapsed() });
      return end("cancelled", { ...problem, detail: "the client went away" });
    }
    const told = reason instanceof Cancelled ? cancelled(problem) : problem;
    end("faulted", told, told);
    answerProblem(response, told, runId, elapsed());
  } catch (error) {
    const problem = { type: "about:blank", status: 500, detail: (error as Error).message, instance: "/" };
    end("faulted", problem, problem);
    throw error;
  }
}

/** The run is not lost, but its client has to look for its end. */
async function handOver(response: ServerResponse, stored: ActiveRun, { message }: HandedOver): Promise<void> {
  const { id = "" } = stored;
  const said = `${message}, and another one goes on with the run; GET /runs/${id} tells how it ends`;
  if (!response.headersSent) response.setHeader("location", `/runs/${id}`);
  refuse(response, new RequestError(503, "HandedOver", said), id);
  await stored.release();
}

function answerProblem(response: ServerResponse, problem: ProblemDetails, runId: string, durationMs: number): void {
  // A redirection that a call came back with is no error to answer with.
  const status = isErrorStatus(problem.status) ? problem.status : 500;
  log("error", "run faulted", { runId, status, durationMs, problem });
  reply(response, status, problem, "application/problem+json");
}

/** The problem of a run that was ended by who may. */
export function cancelled(problem: Pick<ProblemDetails, "instance">): ProblemDetails {
  return {
    type: "https://serverlessworkflow.io/spec/1.0.0/errors/runtime",
    status: 500,
    title: "Runtime Error",
    detail: "the run was cancelled",
    instance: problem.instance,
  };
}
