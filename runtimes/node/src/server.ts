import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { keepAlive } from "../../workflow/src/port/connections.ts";
import { Call, type CallEnd, type Callee } from "./call.ts";
import type { PrintedLines } from "./capture.ts";
import { RequestError } from "./errors.ts";
import { headOf, runIdOf, type Head } from "./head.ts";
import { payload, type Log } from "./log.ts";
import type { Invocation } from "./observer.ts";
import { errorReply, noHeaders, type Reply } from "./reply.ts";
import { eventOfBody, eventOfQuery, tooLarge } from "./request.ts";

const methods: Readonly<Record<string, readonly string[]>> = { "/": ["GET", "POST"], "/health": ["GET", "HEAD"] };
/** What nginx counts such requests by. */
const clientGone = 499;
const healthy: Reply = { status: 200, body: '{"status":"ok"}', headers: noHeaders, isJson: true };

/** A request and its response. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: Head;
  readonly runId: string;
  /** What is told of it besides the log. */
  readonly observed: Invocation | undefined;
}

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
      if (headOf(request.rawHeaders).contentLength <= callee.settings.largestBody) response.writeContinue();
      this.#serve(request, response);
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { url = "/", method = "" } = request;
    const cut = url.indexOf("?");
    const path = cut < 0 ? url : url.slice(0, cut);
    const allowed = methods[path];
    if (path === "/health" && allowed?.includes(method)) return this.#send(response, healthy);
    const head = headOf(request.rawHeaders);
    const runId = runIdOf(head.runId);
    const observed = this.#callee.observer?.begin(runId, method, head);
    const exchange: Exchange = { request, response, head, runId, observed };
    if (allowed === undefined) {
      const message = `there is nothing at '${path.slice(0, 200)}': call the function at '/'`;
      this.#refuse(exchange, new RequestError(404, "NotFound", message));
    } else if (!allowed.includes(method)) {
      const allow = allowed.join(", ");
      const message = `${method} is not allowed here; allowed are ${allow}`;
      this.#refuse(exchange, new RequestError(405, "MethodNotAllowed", message), { allow });
    } else if (method === "GET") this.#call(exchange, undefined, cut < 0 ? "" : url.slice(cut + 1));
    else this.#read(exchange);
  }

  /** Reads the body; what is over the limit is refused before it is read, or once it turns out. */
  #read(exchange: Exchange): void {
    const { request, head } = exchange;
    const limit = this.#callee.settings.largestBody;
    if (head.contentLength > limit) return this.#refuse(exchange, tooLarge(limit));
    const chunks: Buffer[] = [];
    let size = 0;
    let over = false;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (!over) {
        over = true;
        chunks.length = 0;
        this.#refuse(exchange, tooLarge(limit));
      }
    });
    request.on("end", () => {
      if (over) return;
      over = true;
      const [first] = chunks;
      this.#call(exchange, first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size), "");
    });
    request.on("error", () => {
      if (over) return;
      over = true;
      exchange.observed?.end(clientGone);
      this.#log.line("warn", "the client went away before its request was whole", {}, "", exchange.runId);
    });
  }

  #call(exchange: Exchange, body: Buffer | undefined, query: string): void {
    const { request: message, head, runId, observed } = exchange;
    const { takesRequest } = this.#callee.handler;
    let event: unknown;
    try {
      if (!takesRequest) event = body === undefined ? eventOfQuery(query) : eventOfBody(head.contentType, body);
    } catch (error) {
      return this.#refuse(exchange, error as RequestError);
    }
    const begun = performance.now();
    const { traceparent, tracestate } = observed ?? head;
    const { depth } = head;
    Call.begin(this.#callee, { message, runId, traceparent, tracestate, depth, begun, event, body }, (end) => {
      for (const stream of this.#printed) stream.finish(runId);
      if (end instanceof RequestError) return this.#refuse(exchange, end);
      if (end === "answered") {
        observed?.end(504, "Timeout");
        return void message.socket.destroy();
      }
      this.#send(exchange.response, end.reply, runId);
      observed?.end(end.reply.status, end.error?.type, end.error?.message);
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

  #refuse(
    { response, head, runId, observed }: Exchange,
    error: RequestError,
    headers: Record<string, string> = {},
  ): void {
    const { status, type, message } = error;
    observed?.end(status, type, message);
    this.#log.line("warn", "request refused", { status, error: { type, message } }, "", runId);
    // Whether its body still comes is open, so the connection cannot be used again.
    const connection = head.expects ? { connection: "close" } : {};
    this.#send(
      response,
      { ...errorReply(status, type, message, runId), headers: { ...headers, ...connection } },
      runId,
    );
  }

  #send(response: ServerResponse, { status, body, headers }: Reply, runId?: string): void {
    // As a list, they are written as they are; as an object, Node would check and copy them first.
    const list: (string | string[])[] = [];
    if (status !== 204 && status !== 304) {
      if (headers["content-type"] === undefined) list.push("content-type", "application/json");
      list.push("content-length", String(Buffer.byteLength(body)));
    }
    if (runId !== undefined) list.push("x-knflow-run-id", runId);
    if (headers !== noHeaders) for (const [name, value] of Object.entries(headers)) list.push(name, value);
    response.writeHead(status, list);
    response.end(body);
  }
}

/** Nothing worth a field of the log: an event that is empty. */
function isEmpty(text: string | Buffer): boolean {
  return text.length <= 5 && /^(|\{\}|\[\]|null|false|0|"")$/.test(text.toString());
}
