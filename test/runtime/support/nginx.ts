import { chmod, copyFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { execa } from "execa";
import { request } from "undici";
import { freePort } from "./ports.ts";
import { waitFor } from "./wait.ts";

const fileServerFolder = join(import.meta.dirname, "../../../runtimes/file-server");

/** A real nginx with the project's own configuration; only the address it listens on is another one. */
export class NginxServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What stands in for the mounted volume. */
  readonly uploads: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.uploads = join(folder, "data/uploads");
    this.#folder = folder;
  }

  /** @param options listing: with the configuration that knflow:codeListing adds */
  static async start(folder: string, options: { listing?: boolean } = {}): Promise<NginxServer> {
    const port = await freePort();
    const server = new NginxServer(folder, port);
    for (const made of [server.uploads, join(folder, "tmp")]) {
      await mkdir(made, { recursive: true });
      await chmod(made, 0o777);
    }
    const own = await readFile(join(fileServerFolder, "nginx.conf"), "utf8");
    await writeFile(server.#configuration, own.replace("listen 8080;", `listen 127.0.0.1:${port};`));
    if (options.listing === true) {
      await mkdir(join(folder, "knflow.d"));
      await copyFile(join(fileServerFolder, "listing.conf"), join(folder, "knflow.d/listing.conf"));
    }
    await server.resume();
    return server;
  }

  /** Where functions are told to fetch their code from. */
  get origin(): string {
    return `${this.url}/data/`;
  }

  get #configuration(): string {
    return join(this.#folder, "nginx.conf");
  }

  /** Puts an object on the volume, whole. */
  async put(object: string, content: Buffer): Promise<void> {
    const file = join(this.uploads, object);
    await mkdir(dirname(file), { recursive: true });
    await chmod(dirname(file), 0o755);
    await writeFile(file, content);
  }

  /** What `nginx -t` says of the configuration; a fault is a result. */
  async test(): Promise<string> {
    const args = ["-t", "-e", "stderr", "-p", this.#folder, "-c", this.#configuration];
    return (await execa("nginx", args, { stdout: "ignore", reject: false })).stderr;
  }

  /** The lines of the access log so far. */
  async accessLog(): Promise<string[]> {
    return (await readFile(join(this.#folder, "access.log"), "utf8")).split("\n").filter(Boolean);
  }

  /** Starts nginx, or starts it again after `stop`; does nothing while it runs. */
  async resume(): Promise<void> {
    if (this.#process) return;
    // A file, since nginx opens /dev/stdout anew, and a socket, which Node would give it, cannot be opened.
    const log = await open(join(this.#folder, "access.log"), "a");
    const errors = await open(join(this.#folder, "error.log"), "a");
    const child = spawn("nginx", ["-e", "stderr", "-p", this.#folder, "-c", this.#configuration], {
      stdio: ["ignore", log.fd, errors.fd],
    });
    await Promise.all([log.close(), errors.close()]);
    this.#process = child;
    await waitFor("nginx", async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
      const answer = await request(`${this.url}/health`).catch(() => undefined);
      await answer?.body.dump();
      return answer?.statusCode === 200 ? true : undefined;
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGQUIT");
    await once(child, "exit");
  }
}
