import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { freePort } from "../test/runtime/support/ports.ts";
import { processorSeconds } from "../test/runtime/support/process-usage.ts";
import { waitFor } from "../test/runtime/support/wait.ts";

/** How a server is started. */
export interface ServerSpec {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A body that it answers with 200. */
  readonly body: string;
}

/** A server on loopback and one processor; what it prints goes to a file, as a container's does. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor(url: string, child: ChildProcess, log: string) {
    this.url = url;
    this.#child = child;
    this.#log = log;
  }

  /** Starts it, and waits until it answers. */
  static async start({ command, env, body }: ServerSpec, folder: string, processor: number): Promise<ServerProcess> {
    const port = await freePort();
    const log = join(folder, `${port}.log`);
    const output = await open(log, "w");
    const child = spawn("taskset", ["--cpu-list", String(processor), ...command], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", ...env, PORT: String(port) },
      stdio: ["ignore", output.fd, output.fd],
    });
    await output.close();
    const server = new ServerProcess(`http://127.0.0.1:${port}`, child, log);
    await waitFor("the server to answer", async () => {
      if (child.exitCode !== null) throw new Error(`${command.join(" ")} ended: ${await readFile(log, "utf8")}`);
      const headers = { "content-type": "application/json" };
      const answer = await request(server.url, { method: "POST", headers, body }).catch(() => undefined);
      await answer?.body.dump();
      return answer?.statusCode === 200 || undefined;
    });
    return server;
  }

  /** Seconds of processor time that it has taken, its children's included. */
  async processorSeconds(): Promise<number> {
    const pids = [this.#child.pid ?? 0, ...(await childrenOf(this.#child.pid ?? 0))];
    const times = await Promise.all(pids.map(processorSeconds));
    return times.reduce((sum, one) => sum + one, 0);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    await rm(this.#log, { force: true });
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}
