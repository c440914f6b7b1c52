import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { Agent, request } from "undici";
import { UserError } from "../console/errors.ts";

/**
 * One address for everything that runs locally: `/<workflow>` and `/<workflow>/<function>`. What is behind a name may be
 * replaced at any time, so a changed function gets its requests from the next one on.
 */
export class Front {
  readonly #targets = new Map<string, string>();
  readonly #server: Server;
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

  private constructor() {
    this.#server = createServer((incoming, response) => {
      this.#pass(incoming, response).catch(() => response.destroy());
    });
  }

  /** @throws UserError where the port is taken */
  static async start(port: number): Promise<Front> {
    const front = new Front();
    front.#server.listen(port, "127.0.0.1");
    try {
      await once(front.#server, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw new UserError(`port ${port} on 127.0.0.1 is taken; choose another by --port`);
    }
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends requests for a name to an address from now on. */
  route(name: string, address: string): void {
    this.#targets.set(name, address);
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://local");
    const name = url.pathname.replace(/^\/|\/$/g, "");
    const target = this.#addressOf(name);
    if (target === undefined) {
      const message = `there is nothing at /${name}; there is: ${[...this.#targets.keys()].map((one) => `/${one}`).join(", ")}`;
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { type: "NotFound", message } }));
      return;
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    // Those that belong to the connection are made anew.
    const own = ["host", "connection", "transfer-encoding", "keep-alive"];
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([key]) => !own.includes(key)));
    const bodyless = incoming.method === "GET" || incoming.method === "HEAD";
    const answer = await request(target + url.search, {
      dispatcher: this.#agent,
      method: incoming.method ?? "GET",
      headers,
      body: bodyless ? null : incoming,
      signal: gone.signal,
    });
    response.writeHead(answer.statusCode, answer.headers);
    await pipeline(answer.body, response);
  }

  /** A workflow and a function have one address each, and the runs of a workflow are below its own. */
  #addressOf(name: string): string | undefined {
    const exact = this.#targets.get(name);
    if (exact !== undefined) return `${exact}/`;
    const [, workflow = "", runs] = /^([^/]+)\/(runs(?:\/.*)?)$/.exec(name) ?? [];
    const target = this.#targets.get(workflow);
    return target === undefined ? undefined : `${target}/${runs}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#agent.destroy();
  }
}
