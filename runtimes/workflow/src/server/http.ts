import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readInput, RequestError } from "./input.ts";
import { log } from "./log.ts";
import { refuse, reply } from "./reply.ts";
import { answerRun, type RunRequest, type ServedWorkflow } from "./requests.ts";
import { cancelRun, continueRun, listRuns, showRun, startRun, type StoredWorkflow } from "./runs-api.ts";
import { depthOf, parentOf, runIdOf, runIdPattern, traceOf } from "./trace.ts";

/** The executor's HTTP server; docs/reference/runs.md says what it answers. */
export function workflowServer(workflow: ServedWorkflow | StoredWorkflow): Server {
  const server = createServer((request, response) => {
    // A connection kept open would keep a process that is told to stop from ending.
    response.once("finish", () => setImmediate(() => server.listening || server.closeIdleConnections()));
    const runId = runIdOf(request);
    void answer(workflow, request, response, runId).catch((error: Error) => {
      if (error instanceof RequestError) return refuse(response, error, runId);
      if (request.destroyed && !request.complete) {
        return log("warn", "the client went away before its request was whole", { runId });
      }
      log("error", "the executor failed", {
        runId,
        error: { type: error.name, message: error.message, trace: error.stack },
      });
      refuse(response, new RequestError(500, "InternalError", "the executor failed; its log has the reason"), runId);
    });
  });
  return server;
}

/** One request, taken apart. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse<IncomingMessage>;
  readonly query: string;
  readonly runId: string;
  /** What stands for the `:id` of the path. */
  readonly id: string;
}

type Handler = (workflow: ServedWorkflow, asked: Asked) => void | Promise<void>;
type StoredHandler = (workflow: StoredWorkflow, asked: Asked) => Promise<void>;

const run: Handler = async (workflow, asked) => {
  await answerRun(workflow, await runRequest(workflow, asked), asked.response);
};
const health: Handler = (_, { response }) => reply(response, 200, { status: "ok" });
const start: StoredHandler = async (workflow, asked) => {
  await startRun(workflow, await runRequest(workflow, asked), asked.response);
};

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/": { GET: run, POST: run },
  "/health": { GET: health, HEAD: health },
  "/runs": { GET: stored((workflow, { query, response }) => listRuns(workflow, query, response)), POST: stored(start) },
  "/runs/:id": { GET: stored((workflow, { id, response }) => showRun(workflow, id, response)) },
  "/runs/:id/cancel": { POST: stored((workflow, { id, response }) => cancelRun(workflow, id, response)) },
  "/runs/:id/continue": { POST: stored((workflow, { id, response }) => continueRun(workflow, id, response)) },
};

/** Of a stack without a run store, it says so. */
function stored(handler: StoredHandler): Handler {
  return (workflow, asked) => {
    if (workflow.runs !== undefined) return handler(workflow as StoredWorkflow, asked);
    const message = "this stack has no run store (knflow:runStore is none), so a run lives only as long as its request";
    throw new RequestError(501, "NoRunStore", message);
  };
}

async function answer(
  workflow: ServedWorkflow,
  request: IncomingMessage,
  response: ServerResponse<IncomingMessage>,
  runId: string,
): Promise<void> {
  const [path = "", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const [, named] = /^\/runs\/([^/]+)/.exec(path) ?? [];
  const id = named !== undefined && runIdPattern.test(named) ? named : "";
  const methods = routes[id === "" ? path : path.replace(`/runs/${id}`, "/runs/:id")];
  if (methods === undefined) {
    throw new RequestError(404, "NotFound", `there is nothing at '${path}'; run the workflow at '/'`);
  }
  const handler = methods[request.method ?? ""];
  if (handler === undefined) {
    const allowed = Object.keys(methods).join(", ");
    response.setHeader("allow", allowed);
    throw new RequestError(405, "MethodNotAllowed", `${request.method} is not allowed here; use ${allowed}`);
  }
  if (path !== "/health") response.setHeader("x-knflow-run-id", id || runId);
  await handler(workflow, { request, response, query, runId, id });
}

async function runRequest(
  { largestBody, observer }: ServedWorkflow,
  { request, query, runId }: Asked,
): Promise<RunRequest> {
  const own = traceOf(request, observer && ((traceId) => observer.flagsOf(traceId)));
  const trace = { "x-knflow-run-id": runId, ...own, ...depthOf(request) };
  return { runId, trace, parent: parentOf(request), input: await readInput(request, query, largestBody) };
}
