import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../archive/zip.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";
import type { FunctionSource, WorkflowSource } from "../source/workflow-source.ts";
import { ArchiveServer } from "./archive-server.ts";
import { Front } from "./front.ts";
import { providePython, type LocalPython } from "./python.ts";
import { RuntimeProcess, type LineListener, type RuntimeSpec } from "./runtime-process.ts";
import { keeperSpec } from "./run-store.ts";
import { executorSpec, functionSpec } from "./workflow.ts";

/** A workflow as a local run needs it. */
export interface LocalWorkflow {
  readonly name: string;
  /** The text of its definition. */
  readonly definition: string;
  readonly functions: readonly FunctionSource[];
}

/** What changed by {@link LocalSession.apply}. */
export interface Applied {
  /** Names of what was started, or started anew with other code or settings. */
  readonly started: readonly string[];
  readonly stopped: readonly string[];
  /** What could not be started; what ran under that name before goes on. */
  readonly failures: readonly Error[];
}

/** How a session is opened. */
export interface SessionOptions {
  /** Of the address on loopback; 0 for any. */
  readonly port: number;
  readonly progress: Progress;
  readonly onLine: LineListener;
  /** Where runs are written down; without it a run lives only as long as its request. */
  readonly storeUrl?: string;
}

interface Wanted {
  readonly name: string;
  /** Changes with everything that the process depends on. */
  readonly version: string;
  readonly spec: () => Promise<RuntimeSpec>;
}

/** Workflows that run on this machine: the executor and the runtimes of a cluster, as processes behind one address. */
export class LocalSession {
  readonly #running = new Map<string, { readonly version: string; readonly process: RuntimeProcess }>();
  readonly #archives: ArchiveServer;
  readonly #front: Front;
  readonly #progress: Progress;
  readonly #onLine: LineListener;
  readonly #storeUrl: string | undefined;
  #python: LocalPython | undefined;
  #keeper: RuntimeProcess | undefined;

  private constructor(archives: ArchiveServer, front: Front, { progress, onLine, storeUrl }: SessionOptions) {
    this.#archives = archives;
    this.#front = front;
    this.#progress = progress;
    this.#onLine = onLine;
    this.#storeUrl = storeUrl;
  }

  /** @throws UserError where the port is taken */
  static async open(options: SessionOptions): Promise<LocalSession> {
    const front = await Front.start(options.port);
    const session = new LocalSession(await ArchiveServer.start(), front, options);
    const { storeUrl, onLine } = options;
    if (storeUrl !== undefined) session.#keeper = await RuntimeProcess.start(keeperSpec(storeUrl, front.url), onLine);
    return session;
  }

  /** Where a workflow (`<workflow>`) or one of its functions (`<workflow>/<function>`) is called. */
  address(name: string): string {
    return `${this.#front.url}/${name}`;
  }

  /** Brings what runs to what is wanted: starts what is new or changed, and ends what is gone. */
  async apply(workflows: readonly LocalWorkflow[]): Promise<Applied> {
    const languages = workflows.flatMap(({ functions }) => functions.map(({ settings }) => settings.runtime));
    if (languages.includes("python")) this.#python ??= await providePython(this.#progress);
    const wanted = workflows.flatMap((workflow) => this.#wantedOf(workflow));
    const changed = wanted.filter(({ name, version }) => this.#running.get(name)?.version !== version);
    const results = await Promise.allSettled(changed.map((one) => this.#replace(one)));
    const stopped = [...this.#running.keys()].filter((name) => !wanted.some((one) => one.name === name));
    await Promise.all(stopped.map((name) => this.#end(name)));
    return {
      started: changed.filter((_, index) => results[index]?.status === "fulfilled").map(({ name }) => name),
      stopped,
      failures: results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : [])),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#end(name)));
    await this.#keeper?.stop();
    this.#archives.close();
    await this.#front.close();
  }

  #wantedOf({ name, definition, functions }: LocalWorkflow): Wanted[] {
    const platform = { archives: this.#archives, python: this.#python, front: this.#front.url };
    const addresses = Object.fromEntries(functions.map((fn) => [fn.name, this.address(`${name}/${fn.name}`)]));
    return [
      ...functions.map((fn) => ({
        name: `${name}/${fn.name}`,
        version: fn.archive.sha256 + JSON.stringify([fn.settings, fn.dependencies?.lockSha256]),
        spec: () => functionSpec(platform, name, fn),
      })),
      {
        name,
        version: sha256(Buffer.from(definition)) + JSON.stringify(addresses),
        spec: () => executorSpec(platform, { workflow: name, definition, addresses, storeUrl: this.#storeUrl }),
      },
    ];
  }

  async #replace({ name, version, spec }: Wanted): Promise<void> {
    const process = await RuntimeProcess.start(await spec(), this.#onLine);
    const before = this.#running.get(name);
    this.#running.set(name, { version, process });
    this.#front.route(name, process.url);
    await before?.process.stop();
  }

  async #end(name: string): Promise<void> {
    await this.#running.get(name)?.process.stop();
    this.#running.delete(name);
  }
}

/** A workflow of the project, with the text of its definition. */
export async function localWorkflow(folder: string, { name, functions }: WorkflowSource): Promise<LocalWorkflow> {
  return { name, functions, definition: await readFile(join(folder, name, "workflow.yaml"), "utf8") };
}

/** Fails where something could not be started. */
export function assertStarted({ failures }: Applied): void {
  const bug = failures.find((error) => !(error instanceof UserError));
  if (bug !== undefined) throw bug;
  if (failures.length > 0) throw new UserError(failures.map(({ message }) => message).join("\n"));
}
