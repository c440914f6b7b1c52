import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../console/errors.ts";

/** How a runtime is started on this machine. */
export interface RuntimeSpec {
  /** Whose process it is: `<workflow>` or `<workflow>/<function>`. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Besides PATH, the port and its folders. */
  readonly env: Readonly<Record<string, string>>;
}

/** Told of every line that a process writes. */
export type LineListener = (name: string, line: string) => void;

/** Milliseconds that a process has for requests in flight before it is killed. */
const grace = 5000;

/** A runtime as a process, by the same protocol as in a container; ready once it is made. */
export class RuntimeProcess {
  /** Where it listens. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#closed = once(child, "close");
    this.#folder = folder;
  }

  /**
   * Starts a runtime and waits until it has loaded its code.
   *
   * @throws UserError with the runtime's own reason where it cannot load it
   */
  static async start(spec: RuntimeSpec, onLine: LineListener): Promise<RuntimeProcess> {
    const folder = await mkdtemp(join(tmpdir(), "knflow-local-"));
    const port = await freePort();
    const [program, ...args] = spec.command;
    const child = spawn(program, args, {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        ...spec.env,
        PORT: String(port),
        KNFLOW_HOST: "127.0.0.1",
        KNFLOW_WORK_DIR: join(folder, "work"),
        KNFLOW_TERMINATION_LOG: join(folder, "termination-log"),
      },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: an interrupt from the terminal reaches it through this process, which ends it in order.
      detached: true,
    });
    const started = new RuntimeProcess(`http://127.0.0.1:${port}`, child, folder);
    try {
      await started.#ready(spec.name, onLine);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  async #ready(name: string, onLine: LineListener): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#child.once("error", (error) => reject(new UserError(`${name} cannot be started: ${error.message}`)));
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
          onLine(name, line);
          if (line.startsWith("{") && line.includes('"msg":"ready"')) resolve();
        });
      }
      void this.#closed.then(async () => {
        const reason = await readFile(join(this.#folder, "termination-log"), "utf8").catch(() => "");
        reject(new UserError(`${name} is not ready: ${reason || `its process ended with ${this.#child.exitCode}`}`));
      });
    });
  }

  /** Lets requests in flight finish, then removes what it wrote. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      this.#child.kill("SIGTERM");
      const late = setTimeout(() => this.#child.kill("SIGKILL"), grace);
      await this.#closed;
      clearTimeout(late);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A port on loopback that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
