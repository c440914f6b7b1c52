import type { ChildProcess } from "node:child_process";
import type { Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";

/**
 * Milliseconds for which an idle connection stays open. Longer than the 90 s after which Knative's queue-proxy drops it: were it
 * shorter, a request could meet a connection that is just being closed, and fail (knative/serving#12414).
 */
export const keepAlive = 120_000;

/** What Node knows of a connection by no public name. */
interface HttpSocket extends Socket {
  /** The response that is under way. */
  readonly _httpMessage?: ServerResponse | null;
  /** The server whose end waits for the connection's, also in another process. */
  server?: object | undefined;
}

/**
 * The open connections of a server, wherever they come from: Node's own count has those alone that it accepted at its port, and
 * to Node one is not idle on which nothing was asked yet.
 */
export class Connections {
  readonly #open = new Set<HttpSocket>();
  readonly #server: Server;
  #closed = (): void => undefined;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: HttpSocket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#closed();
      });
    });
  }

  /** Those on which nobody is answered. */
  get #idle(): HttpSocket[] {
    return [...this.#open].filter((socket) => !socket.destroyed && !socket._httpMessage);
  }

  /**
   * Accepts no connection any more and closes those that there are: what is idle at once, the others with their answers, which say so.
   *
   * @returns settled once all are closed
   */
  async end(): Promise<void> {
    // Of its own, an HTTP server would also cut off answers that are written and not yet sent.
    NetServer.prototype.close.call(this.#server);
    for (const socket of this.#open) {
      const response = socket._httpMessage;
      if (!response) socket.destroy();
      else {
        response.shouldKeepAlive = false;
        // Where its head is on its way already.
        response.once("finish", () => socket.destroySoon());
      }
    }
    await new Promise<void>((resolve) => {
      this.#closed = () => this.#open.size === 0 && resolve();
      this.#closed();
    });
  }

  /**
   * Gives another process what is idle, until nothing is. Closed, it could lose a request that the other side has just sent.
   */
  async passOn(process: ChildProcess): Promise<void> {
    for (let idle = this.#idle; idle.length > 0; idle = this.#idle) {
      // They go one by one: none is to be read meanwhile.
      for (const socket of idle) socket.pause();
      await Promise.all(idle.map((socket) => passOn(process, socket)));
    }
  }
}

async function passOn(process: ChildProcess, socket: HttpSocket): Promise<void> {
  socket.server = undefined;
  await new Promise((resolve) => process.send("connection", socket, resolve));
  socket.destroy();
}
