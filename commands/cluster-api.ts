import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { json, text } from "node:stream/consumers";
import { UserError } from "../console/errors.ts";
import { clusterFlags, type KubectlAccess } from "./kubectl.ts";

/** How kubectl says that it takes requests. */
const ready = "Starting to serve on";

/**
 * Runs kubectl, whose standard output ends when it does, for as long as somebody holds the shell's standard input: also one who
 * is killed leaves no open door to the cluster behind.
 */
const guarded = 'kubectl "$@" & exec >&- 2>&-; read _; kill $!';

/**
 * The stack's cluster by its API. One `kubectl proxy` on a socket that only this user can reach carries all requests and watches,
 * with whatever the kubeconfig says of access. A kubectl for each watch would take the processors from the very Pods that are
 * waited for.
 */
export class ClusterApi {
  readonly #folder: string;
  readonly #proxy: ChildProcess;

  private constructor(folder: string, proxy: ChildProcess) {
    this.#folder = folder;
    this.#proxy = proxy;
  }

  /**
   * @param cluster how kubectl is told of the cluster: by default as the program that an update runs was
   * @throws UserError where kubectl does not run, with its own words
   */
  static async open({ flags = clusterFlags(process.env), environment }: KubectlAccess = {}): Promise<ClusterApi> {
    const folder = await mkdtemp(join(tmpdir(), "knflow-api-"));
    const args = [...flags, "proxy", `--unix-socket=${socketIn(folder)}`];
    const env = { ...process.env, ...environment };
    const proxy = spawn("sh", ["-c", guarded, "sh", ...args], { stdio: ["pipe", "pipe", "pipe"], env });
    const api = new ClusterApi(folder, proxy);
    const said = text(proxy.stderr);
    for await (const line of createInterface({ input: proxy.stdout })) if (line.startsWith(ready)) return api;
    const why = (await said).trim();
    await api.close();
    throw new UserError(`kubectl proxy ended: ${why}`);
  }

  /**
   * The answer to a GET, as it comes.
   *
   * @throws Error with what the API server or kubectl said, where that is no answer
   */
  async get(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#ask({ path, signal });
  }

  /**
   * Applies an object on the server's side: its fields are the manager's own afterwards, and those that the manager had and no
   * longer names are gone.
   *
   * @param force takes fields over that another manager has, instead of failing
   * @returns the object as it is then
   * @throws Error with what the API server said, a conflict with another manager among it
   */
  async apply<T>(path: string, manager: string, object: object, { force = false } = {}): Promise<T> {
    const query = new URLSearchParams({ fieldManager: manager, force: String(force) });
    const headers = { "content-type": "application/apply-patch+yaml" };
    const body = JSON.stringify(object);
    return (await json(await this.#ask({ path: `${path}?${query.toString()}`, method: "PATCH", headers }, body))) as T;
  }

  async #ask(options: RequestOptions, body?: string): Promise<IncomingMessage> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      request({ socketPath: socketIn(this.#folder), ...options }, resolve)
        .on("error", reject)
        .end(body),
    );
    if (answer.statusCode === 200) return answer;
    throw new Error(reasonOf(await text(answer)));
  }

  async close(): Promise<void> {
    this.#proxy.stdin?.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const socketIn = (folder: string) => join(folder, "socket");

/** The message of a Kubernetes `Status`, or the text itself. */
function reasonOf(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body.trim();
  }
}
