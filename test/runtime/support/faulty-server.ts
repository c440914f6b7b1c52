import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How one attempt to download is answered. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A file server that answers the first request by the first answer, and so on; the last one is repeated. */
export class FaultyServer {
  /** The paths asked for so far. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(answers: readonly Answer[]) {
    this.#server = createServer((request, response) => {
      const answer = answers[Math.min(this.asked.length, answers.length - 1)];
      this.asked.push(request.url ?? "");
      answer?.(response, request);
    });
  }

  static async start(...answers: Answer[]): Promise<FaultyServer> {
    const server = new FaultyServer(answers);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/data/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

export function whole(content: Buffer): Answer {
  return (response) => response.writeHead(200, { "content-length": content.length }).end(content);
}

/** The beginning, then the connection breaks. */
export function cutAfter(content: Buffer, bytes: number): Answer {
  return (response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, bytes), () => response.socket?.destroySoon());
  };
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(code, headers).end("no archive");
}

/** A byte now and then: never silent, never done. */
export const trickle: Answer = (response) => {
  response.writeHead(200, { "content-length": 1_000_000 });
  const timer = setInterval(() => response.write("x"), 100);
  response.on("close", () => clearInterval(timer));
};

/** Accepts the request and says nothing. */
export const silence: Answer = () => undefined;
