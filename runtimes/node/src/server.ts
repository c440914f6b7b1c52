import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Call, type CallEnd, type Callee } from "./call.ts";
import type { PrintedLines } from "./capture.ts";
import { badRequest, RequestError } from "./errors.ts";
import { payload, type Log } from "./log.ts";
import { errorReply, type Reply } from "./reply.ts";
import { eventOfBody, eventOfQuery, runIdOf, tooLarge } from "./request.ts";

/**
 * Longer than the 90 s after which Knative's queue-proxy drops an idle connection: were it shorter, a request could meet a
 * connection that is just being closed, and fail (knative/serving#12414).
 */
const keepAlive = 120_000;

const methods: Readonly<Record<string, readonly string[]>> = { "/": ["GET", "POST"], "/health": ["GET", "HEAD"] };
const healthy: Reply = { status: 200, body: '{"status":"ok"}', headers: {}, isJson: true };

/** The HTTP server: `/` calls the handler, `/health` says that the code is loaded. */
export class FunctionServer {
  readonly http: Server;
  readonly #callee: Callee;
  readonly #log: Log;
  readonly #printed: readonly PrintedLines[];

  constructor(callee: Callee, log: Log, printed: readonly PrintedLines[]) {
    this.#callee = callee;
    this.#log = log;
    this.#printed = printed;
    this.http = createServer({ keepAliveTimeout: keepAlive }, (request, response) => this.#serve(request, response));
    this.http.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      if (this.#isTooLarge(request)) return this.#serve(request, response);
      response.writeContinue();
      this.#serve(request, response);
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { url = "/", method = "" } = request;
    const cut = url.indexOf("?");
    const path = cut < 0 ? url : url.slice(0, cut);
    const allowed = methods[path];
    if (path === "/health" && allowed?.includes(method)) return this.#send(response, healthy, undefined);
    const runId = runIdOf(request.headers["x-knflow-run-id"]);
    if (allowed === undefined) {
      const message = `there is nothing at '${path.slice(0, 200)}': call the function at '/'`;
      return this.#refuse(request, response, new RequestError(404, "NotFound", message), runId);
    }
    if (!allowed.includes(method)) {
      response.setHeader("allow", allowed.join(", "));
      const message = `${method} is not allowed here; allowed are ${allowed.join(", ")}`;
      return this.#refuse(request, response, new RequestError(405, "MethodNotAllowed", message), runId);
    }
    if (method === "GET") return this.#call(request, response, undefined, cut < 0 ? "" : url.slice(cut + 1), runId);
    this.#read(request, response, runId);
  }

  /** Reads the body; what is over the limit is refused before it is read, or once it turns out. */
  #read(request: IncomingMessage, response: ServerResponse, runId: string): void {
    const limit = this.#callee.settings.largestBody;
    if (this.#isTooLarge(request)) return this.#refuse(request, response, tooLarge(limit), runId);
    const chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (!ended) {
        ended = true;
        chunks.length = 0;
        this.#refuse(request, response, tooLarge(limit), runId);
      }
    });
    request.on("end", () => {
      if (ended) return;
      ended = true;
      const [first] = chunks;
      const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size);
      this.#call(request, response, body, "", runId);
    });
    request.on("error", () => {
      if (!ended) this.#log.line("warn", "the client went away before its request was whole", {}, "", runId);
      ended = true;
    });
  }

  #call(
    message: IncomingMessage,
    response: ServerResponse,
    body: Buffer | undefined,
    query: string,
    runId: string,
  ): void {
    const { takesRequest } = this.#callee.handler;
    let event: unknown;
    try {
      if (!takesRequest) {
        event = body === undefined ? eventOfQuery(query) : eventOfBody(message.headers["content-type"], body);
      }
    } catch (error) {
      const refusal = error instanceof RequestError ? error : badRequest((error as Error).message);
      return this.#refuse(message, response, refusal, runId);
    }
    const begun = performance.now();
    Call.begin(this.#callee, { message, runId, begun, event, body }, (_call, end) => {
      for (const stream of this.#printed) stream.finish(runId);
      if (end instanceof RequestError) return this.#refuse(message, response, end, runId);
      if (end === "answered") return void message.socket.destroy();
      this.#send(response, end.reply, runId);
      this.#logCall(end, performance.now() - begun, body ?? event, takesRequest, runId);
    });
  }

  #logCall(
    end: Exclude<CallEnd, string | RequestError>,
    took: number,
    input: unknown,
    raw: boolean,
    runId: string,
  ): void {
    const { reply, error } = end;
    const level = error === undefined ? "info" : "error";
    if (!this.#log.enabled(level)) return;
    const limit = this.#callee.settings.logPayloadBytes;
    const text = Buffer.isBuffer(input) || input === undefined ? input : JSON.stringify(input);
    const fields = { status: reply.status, durationMs: Math.round(took * 1000) / 1000, error };
    const logged =
      (text === undefined || isEmpty(text) ? "" : payload("input", text, !raw, limit)) +
      (error === undefined ? payload("output", reply.body, reply.isJson, limit) : "");
    this.#log.line(level, error === undefined ? "call" : "call failed", fields, logged, runId);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: RequestError, runId: string): void {
    const { status, type, message } = error;
    this.#log.line("warn", "request refused", { status, error: { type, message } }, "", runId);
    // Whether its body still comes is open, so the connection cannot be used again.
    if (request.headers.expect !== undefined) response.setHeader("connection", "close");
    this.#send(response, errorReply(status, type, message, runId), runId);
  }

  #send(response: ServerResponse, reply: Reply, runId: string | undefined): void {
    const { status, body, headers } = reply;
    if (!this.http.listening) response.setHeader("connection", "close");
    if (runId !== undefined) response.setHeader("x-knflow-run-id", runId);
    const isBare = status === 204 || status === 304;
    response.writeHead(status, {
      ...(isBare ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      ...headers,
    });
    response.end(body);
  }

  #isTooLarge(request: IncomingMessage): boolean {
    return Number(request.headers["content-length"] ?? 0) > this.#callee.settings.largestBody;
  }
}

/** Nothing worth a field of the log: an event that is empty. */
function isEmpty(text: string | Buffer): boolean {
  return text.length <= 5 && /^(|\{\}|\[\]|null|false|0|"")$/.test(text.toString());
}
