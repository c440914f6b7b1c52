import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";
import { archiveOf } from "./support/archives.ts";
import { executorKind } from "./support/executor.ts";
import { putArchive, RuntimeProcess, type StartOptions } from "./support/runtime.ts";

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
  /** How often it is not, from now on. */
  unwakeable = 0;
  readonly #server: Server;

  private constructor(behave: Behaviour) {
    this.#server = createServer((request, response) => {
      if (request.url === "/health") {
        this.wakes++;
        if (this.unwakeable > 0) response.statusCode = 503;
        this.unwakeable = Math.max(0, this.unwakeable - 1);
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
export function answers(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_call, response) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
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
  definition: string | readonly object[],
  behaviours: Readonly<Record<string, Behaviour>>,
  work: (runtime: RuntimeProcess, functions: Readonly<Record<string, FakeFunction>>) => Promise<T>,
  env: StartOptions["env"] = {},
): Promise<T> {
  const functions: Record<string, FakeFunction> = {};
  for (const [name, behave] of Object.entries(behaviours)) functions[name] = await FakeFunction.start(behave);
  const addresses = Object.fromEntries(Object.entries(functions).map(([name, { address }]) => [name, address]));
  const runtime = await RuntimeProcess.start(executorKind, await putDefinition(definition), {
    env: { KNFLOW_FUNCTIONS: JSON.stringify(addresses), ...env },
  });
  try {
    return await work(runtime, functions);
  } finally {
    await runtime.stop();
    for (const made of Object.values(functions)) await made.stop();
  }
}
