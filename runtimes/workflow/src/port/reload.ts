// Other code for a process that serves: what a watch or an update asks for, so that changed code waits for no new pod.
import type { ChildProcess } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import type { Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Connections } from "./connections.ts";

/** Processes that may take each other's place in one container: those before stay, since process 1 has to. */
const longestChain = 3;

/** What a process that can be reloaded is. */
export interface Reloadable {
  /** Listens at the port. */
  readonly server: Server;
  readonly connections: Connections;
  /** Its environment, before the function could change it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where its code is unpacked; none where that is kept in memory. */
  readonly workDir?: string;
  /** Accepts no connection any more; what has begun goes on. */
  readonly release: () => void;
  /** Ends with an exit code once what has begun is answered. */
  readonly end: (code: number) => void;
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
}

/**
 * Takes requests for other code, by SIGHUP; docs/reference/runtime-protocol.md has how.
 *
 * A new process loads it, and gets the open port and the connections that are idle. Then this one finishes what it has begun, and
 * from then on only passes signals on and ends when the other does.
 */
export class Reloads {
  readonly #self: Reloadable;
  readonly #folder: string;
  readonly #depth: number;
  #next: ChildProcess | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(self: Reloadable) {
    this.#self = self;
    this.#folder = self.environment.KNFLOW_RELOAD_DIR || "/dev/shm/knflow-reload";
    this.#depth = Number(self.environment.KNFLOW_RELOADED || 0);
    process.on("SIGHUP", () => {
      this.#turn = this.#turn.then(() => this.#take());
    });
  }

  /** Asks the process that serves instead to end. @returns whether there is one */
  stop(): boolean {
    return this.#next?.kill("SIGTERM") ?? false;
  }

  async #take(): Promise<void> {
    if (this.#next === undefined) await this.#reload();
    else this.#next.kill("SIGHUP");
  }

  async #reload(): Promise<void> {
    const { log } = this.#self;
    try {
      const [object = "", sha256 = ""] = readFileSync(`${this.#folder}/request`, "latin1").trim().split(" ");
      const refusal = await this.#handOver(object, sha256);
      const said = refusal === undefined ? "reloaded" : "not reloaded";
      log("info", said, { sha256 });
      await this.#answer(`${said} ${sha256}\n${refusal ?? ""}`);
    } catch (error) {
      log("warn", `no reload: ${(error as Error).message}`, {});
    }
  }

  async #answer(text: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // A named pipe, which can be opened only while somebody reads there.
        const answer = openSync(`${this.#folder}/answer`, constants.O_WRONLY | constants.O_NONBLOCK);
        writeSync(answer, text);
        return closeSync(answer);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENXIO" || attempt === 20) throw error;
        await pause(50);
      }
    }
  }

  /** Has a new process take this one's place. @returns the reason why it cannot */
  async #handOver(object: string, sha256: string): Promise<string | undefined> {
    const { server, connections, environment, workDir, release, end } = this.#self;
    if (unversioned(object) !== unversioned(environment.FAASIT_CODE_DIR ?? "")) {
      return `SettingsError: '${object}' is not the code of this function`;
    }
    if (this.#depth >= longestChain) return `ReloadLimit: a container takes other code ${longestChain} times`;
    const refusal = `${this.#folder}/refusal`;
    // Only here: it would be part of every cold start.
    const { fork } = await import("node:child_process");
    rmSync(refusal, { force: true });
    const child = fork(process.argv[1] ?? "", [], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: {
        ...environment,
        FAASIT_CODE_DIR: object,
        KNFLOW_CODE_SHA256: sha256,
        // Never the folder of a process that serves.
        ...(workDir && { KNFLOW_WORK_DIR: `${workDir.replace(/\.\d$/, "")}.${this.#depth + 1}` }),
        KNFLOW_TERMINATION_LOG: refusal,
        KNFLOW_RELOADED: String(this.#depth + 1),
      },
    });
    const exited = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
    // It could not be started, or asked.
    const failed = new Promise((resolve) => child.on("error", resolve));
    const ended = Promise.race([exited, failed]).then(() => false);
    if (!(await Promise.race([said(child, "loaded"), ended]))) {
      // It is killed where memory is short.
      return existsSync(refusal) ? readFileSync(refusal, "utf8") : "ProcessEnded: it ended without a reason";
    }
    if (!server.listening) {
      child.kill();
      return "ProcessEnded: this process is told to stop";
    }
    // The port itself goes over: whoever connects meanwhile waits there.
    child.send("port", server, () => undefined);
    if (!(await Promise.race([said(child, "listening"), ended]))) return "ProcessEnded: it ended without a reason";
    void exited.then(end);
    this.#next = child;
    await connections.passOn(child);
    child.disconnect();
    if (server.listening) release();
    // This process was told to stop meanwhile.
    else child.kill();
    return undefined;
  }
}

/** Waits for a message of a process; the function's code may send others. */
function said(child: ChildProcess, what: string): Promise<true> {
  return new Promise((resolve) => child.on("message", (message) => message === what && resolve(true)));
}

function unversioned(object: string): string {
  return object.slice(0, -"-.zip".length - 64);
}
