import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request, type Dispatcher } from "undici";
import { sha256 } from "../../../archive/zip.ts";
import { freePort } from "./ports.ts";
import { shared } from "./setup.ts";
import { waitFor } from "./wait.ts";

/** A line of a runtime's log. */
export interface LogLine {
  readonly ts: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly msg: string;
  readonly runId?: string;
  readonly [field: string]: unknown;
}

/** A runtime under test: how it is started, whatever its language. */
export interface RuntimeKind {
  readonly name: string;
  /** The file that handlers are in. */
  readonly entryFile: string;
  /** The program and its arguments. */
  command(): readonly [string, ...string[]];
  /** Environment that the image would set. */
  env(): Record<string, string>;
}

export const python: RuntimeKind = {
  name: "python",
  entryFile: "main.py",
  command: () => [shared().python.python, "-S", join(import.meta.dirname, "../../../runtimes/python/start.py")],
  env: () => ({ PYTHONPATH: shared().python.packages, PYTHONDONTWRITEBYTECODE: "" }),
};

export interface StartOptions {
  /** `<module>.<function>` */
  readonly handler?: string;
  /** Overrides any variable; undefined takes it away. */
  readonly env?: Record<string, string | undefined>;
}

/** A reply as the tests look at it. */
export interface Reply {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly text: string;
  readonly json: unknown;
}

/** A runtime as a process, with the environment that Knative and knflow would give to it. */
export class RuntimeProcess {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #folder: string;
  readonly #output: string[] = [];
  readonly #agent = new Agent({ connections: 64 });

  private constructor(kind: RuntimeKind, folder: string, port: number, env: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    const [program, ...args] = kind.command();
    this.#process = spawn(program, args, {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", ...kind.env(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#closed = once(this.#process, "close");
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      let rest = "";
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        const [first = "", ...more] = chunk.split("\n");
        const lines = [rest + first, ...more];
        rest = lines.pop() ?? "";
        this.#output.push(...lines);
      });
    }
  }

  /** Starts the runtime on an object of the code volume, ready or not. */
  static async launch(kind: RuntimeKind, object: string, options: StartOptions = {}): Promise<RuntimeProcess> {
    await mkdir(join(shared().folder, "runs"), { recursive: true });
    const folder = await mkdtemp(join(shared().folder, "runs/run-"));
    const port = await freePort();
    const env: Record<string, string | undefined> = {
      FAASIT_FUNC_NAME: "function-under-test",
      FAASIT_WORKFLOW_NAME: "workflow-under-test",
      FAASIT_PROVIDER: "knative",
      FAASIT_CODE_DIR: object,
      KNFLOW_CODE_ORIGIN: shared().fileServer.origin,
      KNFLOW_CODE_SHA256: /([0-9a-f]{64})\.zip$/.exec(object)?.[1],
      KNFLOW_HANDLER: options.handler ?? "main.handler",
      KNFLOW_HOST: "127.0.0.1",
      KNFLOW_TIMEOUT_SECONDS: "10",
      KNFLOW_TERMINATION_LOG: join(folder, "termination-log"),
      KNFLOW_WORK_DIR: join(folder, "work"),
      K_REVISION: "function-under-test-00001",
      PORT: String(port),
      ...options.env,
    };
    const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return new RuntimeProcess(kind, folder, port, Object.fromEntries(set));
  }

  /** Starts the runtime and waits until it is ready. */
  static async start(kind: RuntimeKind, object: string, options: StartOptions = {}): Promise<RuntimeProcess> {
    const runtime = await RuntimeProcess.launch(kind, object, options);
    await runtime.ready();
    return runtime;
  }

  async ready(): Promise<void> {
    await waitFor(`the runtime to be ready`, async () => {
      if (this.#process.exitCode !== null) throw new Error(`the runtime ended: ${this.output}`);
      return (await this.isReady()) || undefined;
    });
  }

  async isReady(): Promise<boolean> {
    const answer = await request(`${this.url}/health`, { dispatcher: this.#agent }).catch(() => undefined);
    await answer?.body.dump();
    return answer?.statusCode === 200;
  }

  /** A request to the runtime; by default a POST of the JSON body to `/`. */
  async call(body: unknown, options: Partial<CallOptions> = {}): Promise<Reply> {
    const raw = typeof body === "string" || body instanceof Uint8Array || isStream(body);
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await request(this.url + (options.path ?? "/"), {
      dispatcher: options.dispatcher ?? this.#agent,
      method: options.method ?? "POST",
      headers: { ...type, ...options.headers },
      body: (raw ? body : (JSON.stringify(body) ?? null)) as string | Uint8Array | null,
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, json: parsed(text) };
  }

  /** Everything that it wrote, as text. */
  get output(): string {
    return this.#output.join("\n");
  }

  /** The log so far; fails on a line that is no JSON object. */
  get log(): LogLine[] {
    return this.#output.filter(Boolean).map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits for a line of the log. */
  async logged(what: string, matches: (line: LogLine) => boolean): Promise<LogLine> {
    return waitFor(`the log line: ${what}; there is:\n${this.output}`, () => this.log.find(matches));
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Waits for the process's end: its exit code, or its signal's name. */
  async ended(): Promise<number | string | null> {
    await this.#closed;
    return this.#process.exitCode ?? this.#process.signalCode;
  }

  /** What it left for Kubernetes to show. */
  async terminationMessage(): Promise<string> {
    return readFile(join(this.#folder, "termination-log"), "utf8");
  }

  get workDir(): string {
    return join(this.#folder, "work");
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async stop(): Promise<void> {
    await this.#agent.destroy();
    this.#process.kill("SIGKILL");
    await this.#closed;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export interface CallOptions {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly dispatcher: Dispatcher;
}

/** Puts an archive on the code volume under its content's name. */
export async function putArchive(zip: Buffer, name = "function-under-test"): Promise<string> {
  const object = `workflow-under-test/${name}-${sha256(zip)}.zip`;
  await shared().fileServer.put(object, zip);
  return object;
}

function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
