import { once } from "node:events";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { archiveOf } from "./support/archives.ts";
import { putArchive, RuntimeProcess, type RuntimeKind, type StartOptions } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";

const root = join(import.meta.dirname, "../..");
const source = join(root, "runtimes/workflow");

/** Lays the executor out as its image does: its sources, its manifest, the packages of its lock file and no others. */
export async function layOutExecutor(): Promise<RuntimeKind> {
  const app = join(shared().folder, "app");
  const lock = JSON.parse(await readFile(join(source, "package-lock.json"), "utf8")) as { packages: object };
  await mkdir(join(app, "node_modules"), { recursive: true });
  await cp(join(source, "src"), join(app, "src"), { recursive: true });
  await cp(join(source, "package.json"), join(app, "package.json"));
  for (const folder of Object.keys(lock.packages).filter((name) => name !== "")) {
    await symlink(join(root, folder), join(app, folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  const dockerfile = await readFile(join(source, "Dockerfile"), "utf8");
  const [, file] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "") as [string, string];
  return {
    name: "workflow",
    entryFile: "workflow.yaml",
    command: () => [process.execPath, join(app, file)],
    env: () => ({
      NODE_ENV: "production",
      // As in its image; here the first start fills it.
      NODE_COMPILE_CACHE: join(shared().folder, "compile-cache"),
      KNFLOW_FUNCTIONS: "{}",
    }),
  };
}

/** The run keeper of the same image. */
export function keeperOf(executor: RuntimeKind): RuntimeKind {
  const [node, main] = executor.command() as [string, string];
  return { ...executor, name: "keeper", command: () => [node, main.replace("server/main.ts", "keeper/main.ts")] };
}

/** One call that a function got. */
export interface Call {
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

/** How a function answers. */
export type Behaviour = (call: Call, response: ServerResponse) => void;

/** A function of a workflow on loopback. */
export class FakeFunction {
  readonly calls: Call[] = [];
  /** How often it was asked whether it is ready. */
  wakes = 0;
  readonly #server: Server;

  private constructor(behave: Behaviour) {
    this.#server = createServer((request, response) => {
      if (request.url === "/health") {
        this.wakes++;
        return void response.end();
      }
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const call = { body: Buffer.concat(chunks).toString(), headers: request.headers };
        this.calls.push(call);
        behave(call, response);
      })();
    });
  }

  static async start(behave: Behaviour): Promise<FakeFunction> {
    const made = new FakeFunction(behave);
    made.#server.listen(0, "127.0.0.1");
    await once(made.#server, "listening");
    return made;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** Answers what it is given. */
export const echo: Behaviour = ({ body }, response) => response.end(body);

/** Answers a value, or an error with its status. */
export function answers(status: number, body: unknown): Behaviour {
  return (_call, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  };
}

/** Computes its answer from the event. */
export function computes<T>(compute: (event: T) => unknown): Behaviour {
  return ({ body }, response) => response.end(JSON.stringify(compute(JSON.parse(body) as T)));
}

/** Puts a definition on the code volume; a text is taken as it is. */
export async function putDefinition(definition: string | readonly object[]): Promise<string> {
  const document = { dsl: "1.0.0", namespace: "test", name: "test", version: "1.0.0" };
  const text = typeof definition === "string" ? definition : stringify({ document, do: definition });
  return putArchive(await archiveOf({ "workflow.yaml": text }), "workflow");
}

/** The executor with a definition and its functions, while the work runs. */
export async function executing<T>(
  kind: RuntimeKind,
  definition: string | readonly object[],
  behaviours: Readonly<Record<string, Behaviour>>,
  work: (runtime: RuntimeProcess, functions: Readonly<Record<string, FakeFunction>>) => Promise<T>,
  env: StartOptions["env"] = {},
): Promise<T> {
  const functions: Record<string, FakeFunction> = {};
  for (const [name, behave] of Object.entries(behaviours)) functions[name] = await FakeFunction.start(behave);
  const addresses = Object.fromEntries(Object.entries(functions).map(([name, { address }]) => [name, address]));
  const runtime = await RuntimeProcess.start(kind, await putDefinition(definition), {
    env: { KNFLOW_FUNCTIONS: JSON.stringify(addresses), ...env },
  });
  try {
    return await work(runtime, functions);
  } finally {
    await runtime.stop();
    for (const made of Object.values(functions)) await made.stop();
  }
}
