import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Definition } from "../definition/types.ts";
import { Fault } from "../executor/problem.ts";
import { runWorkflow } from "../executor/run.ts";
import { functionCaller } from "./functions.ts";
import { log } from "./log.ts";

/** Largest input of a run, in bytes. */
const largestBody = 32 * 1024 * 1024;

/** What a server serves. */
export interface ServedWorkflow {
  readonly definition: Definition;
  /** The functions' addresses by name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Seconds that a run may take. */
  readonly timeoutSeconds: number;
}

/** The executor's HTTP server: `POST /` and `GET /` run the workflow, `GET /health` says that it is ready. */
export function workflowServer(workflow: ServedWorkflow): Server {
  return createServer((request, response) => {
    void answer(workflow, request, response).catch((error: Error) => {
      log("error", "the executor failed", { error: error.stack });
      reply(response, 500, {
        error: { type: "InternalError", message: "the executor failed; its log has the reason" },
      });
    });
  });
}

async function answer(workflow: ServedWorkflow, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://executor");
  if (url.pathname === "/health") return reply(response, 200, { status: "ok" });
  if (url.pathname !== "/")
    return refuse(response, 404, "NotFound", `there is nothing at ${url.pathname}; a run is POST /`);
  if (request.method !== "POST" && request.method !== "GET") {
    response.setHeader("allow", "GET, POST");
    return refuse(response, 405, "MethodNotAllowed", `${request.method} is not possible; a run is POST /`);
  }
  const body = request.method === "GET" ? "" : await readBody(request);
  if (body === undefined) return refuse(response, 413, "TooLarge", `the input is larger than ${largestBody} bytes`);
  let input: unknown;
  try {
    input = body === "" ? Object.fromEntries(url.searchParams) : JSON.parse(body);
  } catch (error) {
    return refuse(response, 400, "BadRequest", `the input is no JSON: ${(error as Error).message}`);
  }
  await run(workflow, input, request, response);
}

async function run(
  workflow: ServedWorkflow,
  input: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const runId = runIdOf(request);
  response.setHeader("x-knflow-run-id", runId);
  const headers = { "x-knflow-run-id": runId, traceparent: traceparentOf(request) };
  const start = performance.now();
  const gone = new AbortController();
  // Who asked has gone: nobody waits for the rest of the run.
  response.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(workflow.timeoutSeconds * 1000)]);
  log("info", "run started", { run: runId });
  try {
    const output = await runWorkflow(workflow.definition, input, {
      runId,
      signal,
      call: functionCaller(workflow.addresses, headers),
      taskEnded: (task, milliseconds, error) =>
        log(error ? "warning" : "debug", "task ended", {
          run: runId,
          task,
          ms: Math.round(milliseconds),
          error: error?.message,
        }),
    });
    log("info", "run completed", { run: runId, ms: Math.round(performance.now() - start) });
    reply(response, 200, output);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log("error", "run faulted", { run: runId, ms: Math.round(performance.now() - start), problem: error.problem });
    reply(response, error.problem.status, error.problem, "application/problem+json");
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function runIdOf(request: IncomingMessage): string {
  const given = request.headers["x-knflow-run-id"];
  return typeof given === "string" && /^[\w-]{1,128}$/.test(given) ? given : randomUUID();
}

/** W3C trace context: the caller's trace goes on, with a span of our own; https://www.w3.org/TR/trace-context/ */
function traceparentOf(request: IncomingMessage): string {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(String(request.headers.traceparent ?? ""));
  return `00-${given?.[1] ?? randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-${given?.[2] ?? "00"}`;
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  reply(response, status, { error: { type, message } });
}

function reply(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  if (response.headersSent) return void response.destroy();
  const text = JSON.stringify(body ?? null);
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}
