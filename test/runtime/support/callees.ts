import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a callee got. */
interface Asked {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
}

/** What functions' code calls in tests: functions and workflows of a single server, by their paths. */
export class Callees {
  readonly #server: Server;
  /** Those that wait for each other. */
  readonly #waiting: Asked[] = [];
  /** Paths of requests whose connection was closed before an answer. */
  readonly givenUp: string[] = [];
  /** The traceparent of every request. */
  readonly traces: string[] = [];
  /** Connections that were made. */
  connections = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        response.once("close", () => response.writableFinished || this.givenUp.push(request.url ?? ""));
        this.traces.push(String(request.headers.traceparent));
        this.#answer({ request, body: Buffer.concat(chunks).toString(), response });
      })();
    });
    this.#server.on("connection", () => this.connections++);
  }

  static async start(): Promise<Callees> {
    const made = new Callees();
    made.#server.listen(0, "127.0.0.1");
    await once(made.#server, "listening");
    return made;
  }

  /** What a runtime's environment says of them. */
  get env(): Record<string, string> {
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return { KNFLOW_FUNCTION_ADDRESS: `${url}/functions/{name}`, KNFLOW_WORKFLOW_ADDRESS: `${url}/workflows/{name}` };
  }

  #answer({ request, body, response }: Asked): void {
    const json = (status: number, value: unknown, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    switch (request.url) {
      case "/functions/echo":
        response.end(body || '"nothing"');
        break;
      case "/functions/headers":
        json(200, tracesOf(request));
        break;
      case "/functions/fails": {
        const error = { type: "HandlerError", message: "no flour left", id: "callee-run", exception: "OutOfStock" };
        json(500, { error }, { "x-knflow-run-id": "callee-run" });
        break;
      }
      case "/functions/own":
        json(404, { error: { code: 5 } }, { "x-knflow-run-id": "callee-run" });
        break;
      case "/functions/plain":
        response.writeHead(503, { "content-type": "text/plain" }).end("no healthy upstream");
        break;
      case "/functions/cut":
        request.socket.destroy();
        break;
      case "/functions/half":
        response.writeHead(200, { "content-length": 100 });
        response.write("[1,", () => request.socket.destroy());
        break;
      case "/functions/never":
        break;
      case "/functions/text":
        response.end("hello");
        break;
      case "/functions/empty":
        response.end();
        break;
      case "/functions/deep":
        response.end("[".repeat(300) + "]".repeat(300));
        break;
      case "/functions/large":
        response.end(JSON.stringify("x".repeat(17 * 1024 * 1024)));
        break;
      case "/functions/together":
        this.#waiting.push({ request, body, response });
        if (this.#waiting.length === 16) for (const one of this.#waiting.splice(0)) one.response.end(one.body);
        break;
      case "/workflows/report":
        json(200, { report: JSON.parse(body) as unknown });
        break;
      case "/workflows/faults": {
        const type = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";
        const problem = { type, status: 408, title: "Timeout Error", detail: "step did not answer in time" };
        json(408, { ...problem, instance: "/do/0/step" }, { "content-type": "application/problem+json" });
        break;
      }
      default:
        json(404, { error: { type: "NotFound", message: `there is nothing at ${request.url}` } });
    }
  }

  closeConnections(): void {
    this.#server.closeIdleConnections();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** The headers by which a run is followed. */
function tracesOf({ headers }: IncomingMessage) {
  const traceparent = String(headers.traceparent);
  return {
    runId: headers["x-knflow-run-id"],
    trace: traceparent.slice(0, 36),
    flags: traceparent.slice(-2),
    newSpan: /^[0-9a-f]{16}$/.test(traceparent.slice(36, 52)) && traceparent.slice(36, 52) !== "b7ad6b7169203331",
    depth: headers["x-knflow-depth"],
    ...(headers.tracestate === undefined ? {} : { state: headers.tracestate }),
  };
}
