import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { startFront, type TestFront } from "./support/front.ts";
import { PostgresServer } from "./support/postgres.ts";
import { RuntimeProcess, type Reply, type RuntimeKind } from "./support/runtime.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";
import { executorKind, keeperKind } from "./support/executor.ts";
import { FakeFunction, putDefinition, type Behaviour } from "./workflow-support.ts";

/** A run as its workflow's address tells it. */
export interface Run {
  readonly id: string;
  readonly state: string;
  readonly executors: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly problem?: { readonly detail: string };
  readonly durationMs?: number;
  readonly tasks: readonly { task: string; attempt: number; durationMs?: number; error?: string; items?: number[] }[];
}

/** Holds calls until they are let go. */
export class Held {
  #release: () => void = () => undefined;
  #released = new Promise<void>((resolve) => (this.#release = resolve));
  calls = 0;

  readonly behave: Behaviour = ({ body }, response) => {
    this.calls++;
    void this.#released.then(() => response.end(body));
  };

  release(): void {
    this.#release();
  }
}

/** A database, empty, and how it is removed. */
interface Database {
  readonly url: string;
  remove(): Promise<void>;
}

/** Where runs are written down on a cluster, and locally. */
export const databases: Readonly<Record<string, () => Promise<Database>>> = {
  PostgreSQL: () => PostgresServer.start(join(shared().folder, "postgres")),
  "an SQLite file": () => {
    const file = join(shared().folder, "runs.sqlite");
    return Promise.resolve({ url: pathToFileURL(file).href, remove: () => rm(file) });
  },
};

/** The id of a run that was started. */
export function idOf(reply: Reply): string {
  assert.equal(reply.status, 202, reply.text);
  const { id } = reply.json as { id: string };
  assert.equal(reply.headers.location, `/runs/${id}`);
  return id;
}

/** A database, a run keeper, and executors behind one address. */
export class RunBench {
  readonly executor: RuntimeKind;
  readonly #database: Database;
  readonly #front: TestFront;
  readonly #kept: { stop(): Promise<void> }[] = [];
  #keeper: RuntimeProcess | undefined;

  private constructor(executor: RuntimeKind, database: Database, front: TestFront) {
    this.executor = executor;
    this.#database = database;
    this.#front = front;
  }

  static async start(provide: () => Promise<Database>): Promise<RunBench> {
    const bench = new RunBench(executorKind, await provide(), await startFront());
    bench.#keeper = await RuntimeProcess.start(keeperKind, "none", { env: bench.environment() });
    return bench;
  }

  /** Of executors and keepers. */
  environment() {
    return {
      KNFLOW_STORE_URL: this.#database.url,
      KNFLOW_WORKFLOW_ADDRESS: `${this.#front.url}/{name}`,
      KNFLOW_RUN_LEASE_SECONDS: "2",
    };
  }

  /** An executor behind the address, with functions that outlive it. */
  async serve(
    definition: readonly object[],
    functions: Readonly<Record<string, FakeFunction>>,
    env: Record<string, string> = {},
  ): Promise<RuntimeProcess> {
    const addresses = Object.fromEntries(Object.entries(functions).map(([fn, { address }]) => [fn, address]));
    const runtime = await RuntimeProcess.start(this.executor, await putDefinition(definition), {
      env: { ...this.environment(), KNFLOW_FUNCTIONS: JSON.stringify(addresses), ...env },
    });
    this.keep(runtime);
    this.route(runtime.url);
    return runtime;
  }

  /** Brings runs there from now on. */
  route(address: string): void {
    this.#front.route("workflow-under-test", address);
  }

  async fake(behave: Behaviour): Promise<FakeFunction> {
    const made = await FakeFunction.start(behave);
    this.keep(made);
    return made;
  }

  /** Stops something at the test's end. */
  keep(one: { stop(): Promise<void> }): void {
    this.#kept.push(one);
  }

  async show(runtime: RuntimeProcess, id: string): Promise<Run> {
    const reply = await runtime.call(undefined, { method: "GET", path: `/runs/${id}` });
    assert.equal(reply.status, 200, reply.text);
    return reply.json as Run;
  }

  ended(runtime: RuntimeProcess, id: string): Promise<Run> {
    return waitFor(`the end of run ${id}`, async () => {
      const run = await this.show(runtime, id);
      return run.state === "running" ? undefined : run;
    });
  }

  /** What the run keeper's image tells `knflow gc`. */
  async archivesInUse(): Promise<string[]> {
    const [node, main] = this.executor.command() as [string, string];
    const program = main.replace("server/main.ts", "keeper/archives-in-use.ts");
    const { stdout } = await execa(node, [program], { env: this.environment() });
    return stdout.split("\n").filter((line) => line !== "");
  }

  async clear(): Promise<void> {
    for (const one of this.#kept.splice(0)) await one.stop();
  }

  async stop(): Promise<void> {
    await this.#keeper?.stop();
    await this.#front.close();
    await this.#database.remove();
  }
}
