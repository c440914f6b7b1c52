import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";

/**
 * A port that is open before anybody can be answered there: who asks meanwhile waits.
 *
 * Knative asks whether a container is ready as soon as it runs, and the kubelet asks again seconds after it was refused. A
 * question that waits is answered in the very moment that the code is loaded.
 *
 * A process that takes another one's place, see Reloads, gets that one's port then: nobody is to wait for what may fail.
 */
export class EarlyPort {
  readonly #server: Server;
  readonly #isInherited: boolean;
  readonly #waiting: Socket[] = [];

  private constructor(isInherited: boolean) {
    this.#isInherited = isInherited;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      socket.on("error", () => undefined);
      this.#waiting.push(socket);
    });
  }

  /**
   * @param env `PORT` is unchecked: what is wrong with it is for the settings to say
   * @returns the open port; rejected where it is taken, or is none, which is told to who waits for it alone
   */
  static open(env: NodeJS.ProcessEnv): Promise<EarlyPort> {
    const opening = EarlyPort.#open(env);
    opening.catch(() => undefined);
    return opening;
  }

  static async #open({ PORT, KNFLOW_HOST, KNFLOW_RELOADED }: NodeJS.ProcessEnv): Promise<EarlyPort> {
    const early = new EarlyPort(Boolean(KNFLOW_RELOADED));
    if (early.#isInherited) return early;
    early.#server.listen(Number(PORT || 9000), KNFLOW_HOST || "0.0.0.0");
    await once(early.#server, "listening");
    return early;
  }

  /** Has a server answer there from now on, first those that wait. */
  async hand(server: HttpServer): Promise<void> {
    // By its handle: the port is never closed in between.
    server.listen(this.#isInherited ? await inherited() : this.#server);
    await once(server, "listening");
    if (this.#isInherited) {
      process.on("message", (what, connection) => what === "connection" && server.emit("connection", connection));
      process.send?.("listening");
    }
    for (const socket of this.#waiting) {
      if (socket.destroyed) continue;
      server.emit("connection", socket);
      socket.resume();
    }
  }
}

/** The port of the process whose place this one takes; it is asked for once this one can answer. */
async function inherited(): Promise<Server> {
  process.send?.("loaded");
  const [, port] = (await once(process, "message")) as [string, Server | undefined];
  if (port === undefined) throw new Error("the process before has no port any more");
  return port;
}
