import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { keepAlive } from "../port/connections.ts";
import { keeperTokenHeader } from "../store/keeper-token.ts";
import { readInput, RequestError } from "./input.ts";
import { log } from "./log.ts";
import { refuseOtherSites, wantsPage } from "./page.ts";
import { refuse, reply } from "./reply.ts";
import { answerRun, type RunRequest, type ServedWorkflow } from "./requests.ts";
import { cancelRun, continueRun, listRuns, showRun, startRun, type StoredWorkflow } from "./runs-api.ts";
import { depthOf, parentOf, runIdOf, runIdPattern, traceOf } from "./trace.ts";

/** The executor's HTTP server; docs/reference/runs.md says what it answers. */
export function workflowServer(workflow: ServedWorkflow | StoredWorkflow): Server {
  return createServer({ keepAliveTimeout: keepAlive }, (request, response) => {
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
}

/** One request, taken apart. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse<IncomingMessage>;
  readonly path: string;
  readonly query: string;
  readonly runId: string;
  /** What stands for the `:id` of the path. */
  readonly id: string;
}

type Handler = (workflow: ServedWorkflow, asked: Asked) => void | Promise<void>;
type StoredHandler = (workflow: StoredWorkflow, asked: Asked) => Promise<void>;

const run: Handler = async (workflow, asked) => {
  if (workflow.page && asked.request.method === "GET" && wantsPage(asked.request)) return showPage(workflow, asked);
  await answerRun(workflow, await runRequest(workflow, asked), asked.response);
};
const showPage: Handler = ({ page }, { path, request, response }) => {
  response.removeHeader("x-knflow-run-id");
  if (page === undefined) throw nothingAt(path);
  return page.answer(path.slice(1), request, response);
};
const health: Handler = (_, { response }) => reply(response, 200, { status: "ok" });
const start: StoredHandler = async (workflow, asked) => {
  await startRun(workflow, await runRequest(workflow, asked), asked.response);
};

const cancel: StoredHandler = async (workflow, { request, id, response }) => {
  if (workflow.page) refuseOtherSites(request);
  await cancelRun(workflow, id, response);
};

const goOn: StoredHandler = (workflow, { request, id, response }) =>
  continueRun(workflow, id, String(request.headers[keeperTokenHeader] ?? ""), response);

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/": { GET: run, POST: run },
  "/health": { GET: health, HEAD: health },
  "/page/:file": { GET: showPage },
  "/runs": { GET: stored((workflow, { query, response }) => listRuns(workflow, query, response)), POST: stored(start) },
  "/runs/:id": { GET: stored((workflow, { id, response }) => showRun(workflow, id, response)) },
  "/runs/:id/cancel": { POST: stored(cancel) },
  "/runs/:id/continue": { POST: stored(goOn) },
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
  const route = id === "" ? path : path.replace(`/runs/${id}`, "/runs/:id");
  const methods = routes[route.replace(/^\/page\/[^/]+$/, "/page/:file")];
  if (methods === undefined) throw nothingAt(path);
  const handler = methods[request.method ?? ""];
  if (handler === undefined) {
    const allowed = Object.keys(methods).join(", ");
    response.setHeader("allow", allowed);
    throw new RequestError(405, "MethodNotAllowed", `${request.method} is not allowed here; use ${allowed}`);
  }
  if (path !== "/health") response.setHeader("x-knflow-run-id", id || runId);
  await handler(workflow, { request, response, path, query, runId, id });
}

function nothingAt(path: string): RequestError {
  return new RequestError(404, "NotFound", `there is nothing at '${path}'; run the workflow at '/'`);
}

async function runRequest(workflow: ServedWorkflow, { request, query, runId }: Asked): Promise<RunRequest> {
  const { largestBody, observer, page } = workflow;
  if (page) refuseOtherSites(request);
  const own = traceOf(request, observer && ((traceId) => observer.flagsOf(traceId)));
  const trace = { "x-knflow-run-id": runId, ...own, ...depthOf(request) };
  return { runId, trace, parent: parentOf(request), input: await readInput(request, query, largestBody) };
}
