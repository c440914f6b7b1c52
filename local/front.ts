import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { Agent, request } from "undici";
import { wantsPage } from "../runtimes/workflow/src/server/page.ts";
import { UserError } from "../console/errors.ts";

/** What is behind the address; asked anew for each request, so that what is replaced gets none from then on. */
export interface Routes {
  /** All that there is: `<workflow>` and `<workflow>/<function>`. */
  names(): readonly string[];
  /** Where one of them listens; nothing while it does not run. */
  addressOf(name: string): string | undefined;
  /**
   * Brings a workflow that is not there yet, if it can be brought at all.
   *
   * @throws UserError where it cannot be started
   */
  wake(workflow: string): Promise<void>;
}

/** One address for everything that runs locally: `/<workflow>` and `/<workflow>/<function>`. */
export class Front {
  readonly #server: Server;
  readonly #routes: Routes;
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

  private constructor(routes: Routes) {
    this.#routes = routes;
    this.#server = createServer((incoming, response) => {
      this.#answer(incoming, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else if (error instanceof Refused) refuse(incoming, response, error);
        else refuse(incoming, response, new Refused(500, "Internal", String((error as Error).stack)));
      });
    });
  }

  /** @throws UserError where the port is taken */
  static async start(port: number, routes: Routes): Promise<Front> {
    const front = new Front(routes);
    front.#server.listen(port, "127.0.0.1");
    try {
      await once(front.#server, "listening");
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EADDRINUSE") {
        throw new UserError(
          `port ${port} on 127.0.0.1 is taken, maybe by another knflow dev; choose another by --port`,
        );
      }
      throw new UserError(`port ${port} on 127.0.0.1 cannot be used (${message}); choose another by --port`);
    }
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isLocal(incoming.headers.host)) {
      const message =
        `this address answers requests to 127.0.0.1, localhost and [::1] alone, and not to the host ` +
        `${JSON.stringify(incoming.headers.host ?? "")}; call it by http://127.0.0.1`;
      throw new Refused(403, "Forbidden", message);
    }
    const [path = "", query] = (incoming.url ?? "/").split("?", 2);
    const asked = path.replace(/^\/|\/$/g, "");
    const found = this.#find(asked) ?? (await this.#wake(asked));
    if (opensPage(incoming, found) && !path.endsWith("/")) {
      // What a page loads is found relative to its address.
      return void response.writeHead(308, { location: `${path}/${query === undefined ? "" : `?${query}`}` }).end();
    }
    const address = this.#routes.addressOf(found.name);
    if (address === undefined) throw new Refused(503, "Unavailable", `${found.name} does not run just now`);
    const target = `${address}/${found.rest}${query === undefined ? "" : `?${query}`}`;
    await this.#pass(incoming, response, found.name, target);
  }

  async #wake(asked: string): Promise<{ name: string; rest: string }> {
    try {
      await this.#routes.wake(asked.split("/")[0] ?? "");
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new Refused(502, "StartFailed", error.message);
    }
    const found = this.#find(asked);
    if (found !== undefined) return found;
    const there = this.#routes.names().map((one) => `/${one}`);
    throw new Refused(404, "NotFound", `there is nothing at /${asked}; there is: ${there.join(", ") || "nothing"}`);
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse, name: string, target: string): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    // Those that belong to the connection are made anew.
    const own = ["host", "connection", "transfer-encoding", "keep-alive", "expect"];
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([key]) => !own.includes(key)));
    const bodyless = incoming.method === "GET" || incoming.method === "HEAD";
    const answer = await request(target, {
      dispatcher: this.#agent,
      method: incoming.method ?? "GET",
      headers,
      body: bodyless ? null : incoming,
      signal: gone.signal,
    }).catch((error: Error) => {
      throw new Refused(502, "Unreachable", `${name} has closed the connection without an answer: ${error.message}`);
    });
    response.writeHead(answer.statusCode, answer.headers);
    await pipeline(answer.body, response);
  }

  /** A workflow and a function have one address each; the runs of a workflow, and what its page loads, are below its own. */
  #find(asked: string): { name: string; rest: string } | undefined {
    const names = this.#routes.names();
    if (names.includes(asked)) return { name: asked, rest: "" };
    const [, name = "", rest = ""] = /^([^/]+)\/((?:runs|page)(?:\/.*)?)$/.exec(asked) ?? [];
    return names.includes(name) ? { name, rest } : undefined;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#agent.destroy();
  }
}

/**
 * Whether a request is to this machine by its own name, on any port, since a tunnel may have another one. A page of another
 * site can have its own name lead here (DNS rebinding), and would be allowed to read the answers.
 */
function isLocal(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
}

/** Whether a browser opens a workflow's own address. */
function opensPage(
  request: IncomingMessage,
  { name, rest }: { readonly name: string; readonly rest: string },
): boolean {
  return request.method === "GET" && !name.includes("/") && rest === "" && wantsPage(request);
}

/** A request that nothing has answered. */
class Refused extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** An error as runtimes have it. */
function refuse({ headers }: IncomingMessage, response: ServerResponse, { status, type, message }: Refused): void {
  const id = String(headers["x-knflow-run-id"] ?? randomBytes(16).toString("hex"));
  const again = status === 503 ? { "retry-after": "1" } : {};
  response.writeHead(status, { "content-type": "application/json", "x-knflow-run-id": id, ...again });
  response.end(JSON.stringify({ error: { type, message, id } }));
}
