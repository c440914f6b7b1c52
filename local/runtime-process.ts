import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../console/errors.ts";
import { onLine } from "../console/lines.ts";
import { logEntry } from "../console/log-entry.ts";

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
/** Milliseconds for the last lines of a process that has ended; what it left running may hold its output open. */
const lastLines = 200;

/** A runtime as a process, by the same protocol as in a container; ready once it is made. */
export class RuntimeProcess {
  /** Where it listens. */
  readonly url: string;
  /** How it ended, once it has: "exit code 3", "SIGKILL". */
  readonly ended: Promise<string>;
  readonly #port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#port = port;
    this.#child = child;
    this.#folder = folder;
    const closed = once(child, "close").catch(() => undefined);
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => {
        void Promise.race([closed, pause(lastLines)]).then(() => resolve(signal ?? `exit code ${code}`));
      });
    });
    if (running.size === 0) process.once("exit", killRunning);
    running.add(this);
  }

  /**
   * Starts a runtime and waits until it has loaded its code.
   *
   * @param signal gives it up
   * @throws UserError with the runtime's own reason where it cannot load it
   */
  static async start(spec: RuntimeSpec, onLine: LineListener, signal: AbortSignal): Promise<RuntimeProcess> {
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
    const started = new RuntimeProcess(port, child, folder);
    try {
      await started.#ready(spec.name, onLine, signal);
    } catch (error) {
      started.#kill();
      await started.stop();
      throw error;
    }
    return started;
  }

  async #ready(name: string, listener: LineListener, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#child.once("error", (error) => reject(new UserError(`${name} cannot be started: ${error.message}`)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      onLine(stream, (line) => {
        listener(name, line);
        if (tellsReady(line, this.#port)) resolve();
      });
    }
    void this.ended.then(async (how) => {
      const reason = await readFile(join(this.#folder, "termination-log"), "utf8").catch(() => "");
      reject(new UserError(`${name} is not ready: ${reason || `its process ended (${how})`}`));
    });
    const giveUp = () => reject(new UserError(`${name} was ended before it was ready`));
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    await promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  /** Lets requests in flight finish, then removes what it wrote. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      this.#child.kill("SIGTERM");
      const late = setTimeout(() => this.#child.kill("SIGKILL"), grace);
      await this.ended;
      clearTimeout(late);
    }
    this.#kill();
    running.delete(this);
    if (running.size === 0) process.off("exit", killRunning);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Ends it at once, as well as all that its code has started. */
  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nothing of it is left.
    }
  }

  /** The same where nothing can be waited for. */
  abandon(): void {
    this.#kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Whether a line is the runtime's own that it is ready, which names its port; a function may print the same word. */
function tellsReady(line: string, port: number): boolean {
  // Most lines need not be parsed to be told apart.
  if (!line.startsWith("{") || !line.includes('"msg":"ready"')) return false;
  const entry = logEntry(line);
  return entry?.msg === "ready" && entry.port === port;
}

const running = new Set<RuntimeProcess>();

/** Having groups of their own, runtimes would outlive this process, however it ends. */
function killRunning(): void {
  for (const one of running) one.abandon();
}

/** Ports that were given away here: nobody may listen on one yet, but somebody will. */
const given = new Set<number>();

/** A port on loopback that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  if (given.has(port)) return freePort();
  given.add(port);
  return port;
}
