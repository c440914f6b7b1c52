import { readSourceTree, type SourceFile } from "../archive/source-tree.ts";
import { sha256 } from "../archive/zip.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";
import type { FunctionSource, WorkflowSource } from "../source/workflow-source.ts";
import { ArchiveServer } from "./archive-server.ts";
import { Front } from "./front.ts";
import { providePython, type LocalPython } from "./python.ts";
import { KeptRuntime, type RuntimeListeners } from "./kept-runtime.ts";
import type { RuntimeSpec } from "./runtime-process.ts";
import { keeperSpec } from "./run-store.ts";
import type { Environment } from "./secrets.ts";
import { executorSpec, functionSpec, type LocalPlatform } from "./workflow.ts";

/** A workflow as a local run needs it. */
export interface LocalWorkflow {
  readonly name: string;
  /** What its executor gets: its definition, and the example inputs. */
  readonly files: readonly SourceFile[];
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
export interface SessionOptions extends RuntimeListeners {
  /** Of the address on loopback; 0 for any. */
  readonly port: number;
  readonly progress: Progress;
  /** Where runs are written down; without it a run lives only as long as its request. */
  readonly storeUrl?: string;
  /** Reads a workflow that is called though {@link LocalSession.apply} did not get it; nothing where there is none. */
  readonly load?: (workflow: string) => Promise<LocalWorkflow | undefined>;
  /** Where functions' secrets are; this process' own where it is not given. */
  readonly environment?: Environment;
}

interface Wanted {
  readonly name: string;
  /** Changes with everything that the process depends on. */
  readonly version: string;
  readonly spec: () => Promise<RuntimeSpec>;
}

/** Workflows that run on this machine: the executor and the runtimes of a cluster, as processes behind one address. */
export class LocalSession {
  readonly #running = new Map<string, { readonly version: string; readonly runtime: KeptRuntime }>();
  readonly #archives: ArchiveServer;
  readonly #front: Front;
  readonly #options: SessionOptions;
  readonly #ending = new AbortController();
  /** Those that run since they were called. */
  readonly #called = new Map<string, LocalWorkflow>();
  readonly #waking = new Map<string, Promise<void>>();
  /** All that there is, whether it runs just now or not. */
  #names: readonly string[] = [];
  /** What is started and ended at the same time would meet. */
  #turn: Promise<unknown> = Promise.resolve();
  #python: LocalPython | undefined;
  #keeper: KeptRuntime | undefined;
  #closed: Promise<void> | undefined;

  private constructor(archives: ArchiveServer, front: Front, options: SessionOptions) {
    this.#archives = archives;
    this.#front = front;
    this.#options = options;
  }

  /** @throws UserError where the port is taken */
  static async open(options: SessionOptions): Promise<LocalSession> {
    const front = await Front.start(options.port, {
      names: () => session.#names,
      addressOf: (name) => session.#running.get(name)?.runtime.url,
      wake: (workflow) => session.#wake(workflow),
    });
    const session = new LocalSession(await ArchiveServer.start(), front, options);
    if (options.storeUrl === undefined) return session;
    try {
      session.#keeper = await session.#start(keeperSpec(options.storeUrl, front.url));
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Where a workflow (`<workflow>`) or one of its functions (`<workflow>/<function>`) is called. */
  address(name: string): string {
    return `${this.#front.url}/${name}`;
  }

  /** Brings what runs to what is wanted: starts what is new or changed, and ends what is gone. */
  async apply(workflows: readonly LocalWorkflow[]): Promise<Applied> {
    return this.#inTurn(async () => {
      const failures = await this.#readCalled(workflows);
      const all = [...workflows, ...this.#called.values()];
      this.#names = namesOf(all);
      const applied = await this.#bring(all);
      const stopped = [...this.#running.keys()].filter((name) => !this.#names.includes(name));
      await Promise.all(stopped.map((name) => this.#end(name)));
      return { ...applied, stopped, failures: [...failures, ...applied.failures] };
    });
  }

  /** Gives up what is being started, and ends what runs. */
  async close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#turn;
    await Promise.all([...this.#running.keys()].map((name) => this.#end(name)));
    await this.#keeper?.stop();
    this.#archives.close();
    await this.#front.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Starts a workflow that is called: once, however many call it. */
  #wake(name: string): Promise<void> {
    const waking =
      this.#waking.get(name) ??
      this.#inTurn(() => this.#startCalled(name)).finally(() => {
        this.#waking.delete(name);
      });
    this.#waking.set(name, waking);
    return waking;
  }

  async #startCalled(name: string): Promise<void> {
    if (this.#names.includes(name)) return;
    const { load, onNotice } = this.#options;
    try {
      const workflow = await load?.(name);
      if (workflow === undefined) return;
      onNotice(`${name} is called: it is started too`);
      const own = namesOf([workflow]);
      const applied = await this.#bring([workflow]);
      if (applied.failures.length > 0) await Promise.all(own.map((one) => this.#end(one)));
      assertStarted(applied);
      this.#called.set(name, workflow);
      this.#names = [...this.#names, ...own];
    } catch (error) {
      if (error instanceof UserError && !this.#ending.signal.aborted)
        onNotice(`${name} cannot be called: ${error.message}`);
      throw error;
    }
  }

  /** Takes up what was changed in workflows that run since they were called. @returns what is wrong in them */
  async #readCalled(chosen: readonly LocalWorkflow[]): Promise<Error[]> {
    const failures: Error[] = [];
    for (const name of [...this.#called.keys()]) {
      try {
        const workflow = chosen.some((one) => one.name === name) ? undefined : await this.#options.load?.(name);
        if (workflow === undefined) this.#called.delete(name);
        else this.#called.set(name, workflow);
      } catch (error) {
        failures.push(error as Error);
      }
    }
    return failures;
  }

  /** Starts what is new or changed. */
  async #bring(workflows: readonly LocalWorkflow[]): Promise<Omit<Applied, "stopped">> {
    const languages = workflows.flatMap(({ functions }) => functions.map(({ settings }) => settings.runtime));
    if (languages.includes("python")) this.#python ??= await providePython(this.#options.progress, this.#ending.signal);
    const wanted = workflows.flatMap((workflow) => this.#wantedOf(workflow));
    const changed = wanted.filter(({ name, version }) => this.#running.get(name)?.version !== version);
    const results = await Promise.allSettled(changed.map((one) => this.#replace(one)));
    return {
      started: changed.filter((_, index) => results[index]?.status === "fulfilled").map(({ name }) => name),
      failures: results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : [])),
    };
  }

  #wantedOf({ name, files, functions }: LocalWorkflow): Wanted[] {
    const platform: LocalPlatform = {
      archives: this.#archives,
      python: this.#python,
      front: this.#front.url,
      progress: this.#options.progress,
      signal: this.#ending.signal,
      environment: this.#options.environment ?? process.env,
    };
    const addresses = Object.fromEntries(functions.map((fn) => [fn.name, this.address(`${name}/${fn.name}`)]));
    return [
      ...functions.map((fn) => ({
        name: `${name}/${fn.name}`,
        version: fn.archive.sha256 + JSON.stringify([fn.settings, fn.dependencies?.lockSha256]),
        spec: () => functionSpec(platform, name, fn),
      })),
      {
        name,
        version: JSON.stringify([files.map(({ path, content }) => [path, sha256(content)]), addresses]),
        spec: () => executorSpec(platform, { workflow: name, files, addresses, storeUrl: this.#options.storeUrl }),
      },
    ];
  }

  async #replace({ name, version, spec }: Wanted): Promise<void> {
    const runtime = await this.#start(await spec());
    const before = this.#running.get(name);
    this.#running.set(name, { version, runtime });
    await before?.runtime.stop();
  }

  #start(spec: RuntimeSpec): Promise<KeptRuntime> {
    return KeptRuntime.start(spec, this.#options, this.#ending.signal);
  }

  async #end(name: string): Promise<void> {
    const ended = this.#running.get(name);
    this.#running.delete(name);
    await ended?.runtime.stop();
  }
}

/** A workflow's name, and those of its functions as they are called. */
export function namesOf(workflows: readonly LocalWorkflow[]): string[] {
  return workflows.flatMap(({ name, functions }) => [name, ...functions.map((fn) => `${name}/${fn.name}`)]);
}

/** A workflow of the project, with what its executor gets. */
export async function localWorkflow({ name, functions, archive }: WorkflowSource): Promise<LocalWorkflow> {
  return { name, functions, files: await readSourceTree(archive.source.folder, archive.source.only) };
}

/** Fails where something could not be started. */
export function assertStarted({ failures }: Pick<Applied, "failures">): void {
  const bug = failures.find((error) => !(error instanceof UserError));
  if (bug !== undefined) throw bug;
  if (failures.length > 0) throw new UserError(failures.map(({ message }) => message).join("\n"));
}
