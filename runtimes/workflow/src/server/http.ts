import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Definition } from "../definition/types.ts";
import { Fault, isErrorStatus } from "../executor/problem.ts";
import { runWorkflow } from "../executor/run.ts";
import { functionCaller } from "./functions.ts";
import { readInput, RequestError } from "./input.ts";
import { log } from "./log.ts";
import { depthOf, runIdOf, traceparentOf } from "./trace.ts";
import { webCaller } from "./web.ts";

/** What a server serves. */
export interface ServedWorkflow {
  readonly definition: Definition;
  /** The functions' addresses by name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Seconds that a run may take. */
  readonly timeoutSeconds: number;
  readonly largestBody: number;
}

const methods: Readonly<Record<string, readonly string[]>> = { "/": ["GET", "POST"], "/health": ["GET", "HEAD"] };

/** The executor's HTTP server: `POST /` and `GET /` run the workflow, `GET /health` says that it is ready. */
export function workflowServer(workflow: ServedWorkflow): Server {
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

async function answer(
  workflow: ServedWorkflow,
  request: IncomingMessage,
  response: ServerResponse,
  runId: string,
): Promise<void> {
  const [path = "", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const allowed = methods[path];
  if (allowed === undefined) {
    throw new RequestError(404, "NotFound", `there is nothing at '${path}'; run the workflow at '/'`);
  }
  if (!allowed.includes(request.method ?? "")) {
    response.setHeader("allow", allowed.join(", "));
    throw new RequestError(405, "MethodNotAllowed", `${request.method} is not allowed here; use ${allowed.join(", ")}`);
  }
  if (path === "/health") return reply(response, 200, { status: "ok" });
  response.setHeader("x-knflow-run-id", runId);
  const input = await readInput(request, query, workflow.largestBody);
  await run(workflow, input, request, response, runId);
}

async function run(
  workflow: ServedWorkflow,
  input: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  runId: string,
): Promise<void> {
  const headers = { "x-knflow-run-id": runId, traceparent: traceparentOf(request), ...depthOf(request) };
  const start = performance.now();
  const elapsed = () => Math.round(performance.now() - start);
  const gone = new AbortController();
  // Who asked has gone: nobody waits for the rest of the run.
  response.once("close", () => gone.abort(new Error("the client went away")));
  const late = AbortSignal.timeout(workflow.timeoutSeconds * 1000);
  const signal = AbortSignal.any([gone.signal, late]);
  setMaxListeners(0, signal); // as many calls as a parallel map has at a time
  log("info", "run started", { runId });
  try {
    const output = await runWorkflow(workflow.definition, input, {
      runId,
      signal,
      call: functionCaller(workflow.addresses, headers, workflow.largestBody),
      http: webCaller(headers, workflow.largestBody),
      taskEnded: (task, milliseconds, error) =>
        log(error ? "warn" : "debug", error ? "task failed" : "task completed", {
          runId,
          task,
          durationMs: Math.round(milliseconds),
          ...(error ? { error: { type: error.name, message: error.message } } : {}),
        }),
    });
    log("info", "run completed", { runId, status: 200, durationMs: elapsed() });
    reply(response, 200, output);
  } catch (error) {
    if (gone.signal.aborted) {
      log("warn", "run given up: the client went away", { runId, durationMs: elapsed() });
      return;
    }
    if (!(error instanceof Fault)) throw error;
    const { problem } = error;
    // A redirection that a call came back with is no error to answer with.
    const status = isErrorStatus(problem.status) ? problem.status : 500;
    log("error", "run faulted", { runId, status, durationMs: elapsed(), problem });
    reply(response, status, problem, "application/problem+json");
  }
}

function refuse(response: ServerResponse, error: RequestError, runId: string): void {
  const { status, type, message } = error;
  log("warn", "request refused", { runId, status, error: { type, message } });
  if (!response.headersSent) response.setHeader("x-knflow-run-id", runId);
  reply(response, status, { error: { type, message, id: runId } });
}

function reply(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  if (response.headersSent) return void response.destroy();
  const text = JSON.stringify(body ?? null);
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}
