import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
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
 * is killed leaves no open door to the cluster behind. A terminal sends its signals to the shell, too, which is to end behind kubectl.
 * `$0` is the socket's folder.
 */
const guarded = 'kubectl "$@" & trap "" HUP INT TERM; exec >&- 2>&-; read _; kill $!; rm -r "$0"';

/**
 * The stack's cluster by its API. One `kubectl proxy` on a socket that only this user can reach carries all requests and watches,
 * with whatever the kubeconfig says of access. A kubectl for each watch would take the processors from the very Pods that are
 * waited for.
 */
export class ClusterApi {
  readonly #cluster: KubectlAccess;
  #proxy: Promise<Proxy>;

  private constructor(cluster: KubectlAccess, proxy: Proxy) {
    this.#cluster = cluster;
    this.#proxy = Promise.resolve(proxy);
  }

  /**
   * @param cluster how kubectl is told of the cluster: by default as the program that an update runs was
   * @throws UserError where kubectl does not run, with its own words
   */
  static async open(cluster: KubectlAccess = {}): Promise<ClusterApi> {
    return new ClusterApi(cluster, await Proxy.start(cluster));
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
    const { socket: socketPath } = await this.#running();
    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      request({ socketPath, ...options }, resolve)
        .on("error", reject)
        .end(body),
    );
    // 201: it was made.
    if (answer.statusCode === 200 || answer.statusCode === 201) return answer;
    throw new Error(reasonOf(await text(answer)));
  }

  async close(): Promise<void> {
    (await this.#proxy.catch(() => undefined))?.end();
  }

  /** The proxy, or another one where it ended. */
  async #running(): Promise<Proxy> {
    const current = this.#proxy;
    const proxy = await current.catch(() => undefined);
    if (proxy?.ended !== false && this.#proxy === current) this.#proxy = Proxy.start(this.#cluster);
    return this.#proxy;
  }
}

/** The API's path of a namespace's Knative Services, or of the one that is named. */
export function servicesPath(namespace: string, name?: string): string {
  const all = `/apis/serving.knative.dev/v1/namespaces/${namespace}/services`;
  return name === undefined ? all : `${all}/${name}`;
}

/** A running `kubectl proxy`. */
class Proxy {
  readonly socket: string;
  ended = false;
  readonly #guard: ChildProcess;

  private constructor(guard: ChildProcess, socket: string) {
    this.#guard = guard;
    this.socket = socket;
  }

  static async start({ flags = clusterFlags(process.env), environment }: KubectlAccess): Promise<Proxy> {
    const folder = await mkdtemp(join(tmpdir(), "knflow-api-"));
    const socket = join(folder, "socket");
    const args = [...flags, "proxy", `--unix-socket=${socket}`];
    const env = { ...process.env, ...environment };
    const guard = spawn("sh", ["-c", guarded, folder, ...args], { stdio: ["pipe", "pipe", "pipe"], env });
    const proxy = new Proxy(guard, socket);
    const said = text(guard.stderr);
    const lines = createInterface({ input: guard.stdout });
    lines.once("close", () => (proxy.ended = true));
    const started = once(lines, "line") as Promise<[string]>;
    const [line] = await Promise.race([started, said.then(() => [""] as const)]);
    if (line.startsWith(ready)) return proxy;
    proxy.end();
    throw new UserError(`kubectl proxy ended: ${(await said).trim()}`);
  }

  end(): void {
    this.#guard.stdin?.end();
  }
}

/** The message of a Kubernetes `Status`, or the text itself. */
function reasonOf(body: string): string {
  try {
    return (JSON.parse(body) as { message: string }).message;
  } catch {
    return body.trim();
  }
}
