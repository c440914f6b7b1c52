import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The code volume of a local run: archives in memory, served on loopback as the file server serves them. */
export class ArchiveServer {
  readonly #archives = new Map<string, Buffer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const archive = this.#archives.get((request.url ?? "").replace(/^\/data\//, ""));
      if (archive === undefined) response.writeHead(404).end();
      else
        response.writeHead(200, { "content-type": "application/zip", "content-length": archive.length }).end(archive);
    });
  }

  static async start(): Promise<ArchiveServer> {
    const server = new ArchiveServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  /** What runtimes get as KNFLOW_CODE_ORIGIN. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/data/`;
  }

  /** @param object the archive's name: `<workflow>/<name>-<sha256>.zip` */
  put(object: string, archive: Buffer): void {
    this.#archives.set(object, archive);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
