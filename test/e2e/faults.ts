import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { execa } from "execa";
import { request } from "undici";
import { tell } from "../../scripts/evidence.ts";
import { waitFor } from "../runtime/support/wait.ts";
import { BusyAccess, BusyFunction, busyTimeout } from "./busy-function.ts";
import { Load, type Sent } from "./load.ts";
import type { Project } from "./project.ts";

/** Requests a second. */
const rate = 20;
const updates = 20;
/** How long the file server is away from a Pod that starts. */
const coldSeconds = 5;
/** How long a call takes that is to be under way when its Pod is lost. */
const callSeconds = 1;

/** What is tried on a function while requests come in. */
export class Faults {
  readonly #project: Project;
  readonly #namespace: string;
  readonly #access: BusyAccess;
  readonly #busy: BusyFunction;

  private constructor(project: Project, namespace: string, access: BusyAccess) {
    this.#project = project;
    this.#namespace = namespace;
    this.#access = access;
    this.#busy = this.#function("busy");
  }

  static async begin(project: Project, namespace: string): Promise<Faults> {
    return new Faults(project, namespace, await BusyAccess.open(project, namespace));
  }

  /** Code is updated again and again; each version serves once it is ready. */
  async updates(): Promise<void> {
    await this.#deploy(0, 1);
    const begun = performance.now();
    const sent = await this.#under({}, async () => {
      for (let version = 1; version <= updates; version++) {
        await this.#busy.apply(version, 1);
        await this.#busy.routed(version);
        await waitFor(`version ${version}`, async () => (await this.#call({})).version === version || undefined);
      }
    });
    const seconds = Math.round((performance.now() - begun) / 1000);
    assert.ok(sent.length > seconds * rate * 0.8, `${sent.length} requests in ${seconds} s`);
    tell("R16", `${updates} updates in ${seconds} s, ${sent.length} requests at ${rate}/s, none failed`);
  }

  /** All that is between a client and a function is replaced in order, and Pods of the function end in order. */
  async replacements(): Promise<void> {
    await this.#deploy(updates + 1, 2);
    const sent = await this.#under({ sleep: 0.05 }, async () => {
      await this.#restart("knative-serving", "activator", "controller", "autoscaler", "net-kourier-controller");
      await this.#restart("kourier-system", "3scale-kourier-gateway");
      const [pod = ""] = await this.#busy.pods();
      await this.#project.kubectl("-n", this.#namespace, "delete", "pod", pod);
    });
    tell("R11", `${sent.length} requests while activator, controllers, gateway and a Pod were replaced, none failed`);
  }

  /** One of two Pods is lost without notice while it answers: only what it was answering fails. */
  async killedPod(): Promise<void> {
    const [pod = ""] = await this.#busy.pods();
    const load = await this.#load({ sleep: callSeconds });
    let killed = 0;
    try {
      await waitFor("calls to be under way", () => load.sent.length >= rate || undefined);
      killed = load.now;
      await this.#project.kubectl("-n", this.#namespace, "delete", "pod", pod, "--grace-period=0", "--force");
      const replaced = async () => {
        const pods = await this.#busy.pods();
        return (!pods.includes(pod) && pods.length === 2) || undefined;
      };
      await waitFor("another Pod in its place", replaced, 60);
    } finally {
      await load.stop();
    }
    const others = load.failed.filter(({ at, took }) => at > killed || at + took < killed);
    assert.deepEqual(others, [], `killed at ${killed}`);
    const [sent, failed] = [load.sent.length, load.failed.length];
    tell("R11", `${sent} requests while a Pod was killed by force, ${failed} of those it was answering failed`);
  }

  /** Warm Pods need no file server, a cold one waits for it, and one that waited for too long says so, and heals. */
  async withoutFileServer(): Promise<void> {
    const cold = this.#function("cold");
    const impatient = this.#function("impatient", { KNFLOW_LOAD_TIMEOUT_SECONDS: String(coldSeconds) });
    const server = ["-n", this.#namespace, "scale", "deployment/nginx-file-server"];
    const both = [cold, impatient];
    const back = () => this.#project.kubectl(...server, "--replicas=1");
    const sent = await this.#under({}, async () => {
      for (const one of both) await one.apply(1, 1);
      for (const one of both) await one.serves(1);
      await this.#project.kubectl(...server, "--replicas=0");
      const gone = ["wait", "pods", "-l", "app=nginx-file-server", "--for=delete", "--timeout=60s"];
      await this.#project.kubectl("-n", this.#namespace, ...gone);
      const before = (await Promise.all(both.map((one) => one.pods()))).map(([pod = ""]) => pod);
      await this.#project.kubectl("-n", this.#namespace, "delete", "pod", ...before, "--grace-period=0", "--force");
      const [coldBefore = "", impatientBefore = ""] = before;
      const waiting = await waitFor("a cold Pod to have waited", () => cold.podThatStarts(coldBefore, coldSeconds), 60);
      const reason = await waitFor("one to have given up", () => impatient.podThatGaveUp(impatientBefore), 60);
      assert.match(reason, /^(DownloadError|LoadTimeout): /);
      await back();
      for (const one of both) await one.serves(1);
      const ready = ["wait", "pod", "--for=condition=Ready", "--timeout=60s"];
      await this.#project.kubectl("-n", this.#namespace, ...ready, waiting, ...(await impatient.pods()));
    }).finally(back);
    await Promise.all(both.map((one) => one.remove()));
    const cases = `a cold one waited for more than ${coldSeconds} s, one that may not wait so long said so and healed`;
    tell("R9", `${sent.length} requests to warm Pods, none failed; ${cases}`);
  }

  /** A handler that ends its process, and one that takes too long, fail alone. */
  async badCalls(): Promise<void> {
    assert.ok((await this.#status({ exit: true })) >= 500);
    // Until its container runs again, Knative still sends requests to that Pod.
    await waitFor(
      "a fresh container",
      async () => {
        const statuses = await Promise.all(Array.from({ length: 20 }, () => this.#status({})));
        return statuses.every((status) => status === 200) || undefined;
      },
      60,
    );
    assert.equal(await this.#status({ sleep: busyTimeout + 60 }), 504);
    assert.equal(await this.#status({}), 200);
  }

  /** A push is killed half way: nothing is there under its name, and the same one succeeds then. */
  async killedPush(): Promise<void> {
    const content = randomBytes(1024 * 1024);
    const digest = createHash("sha256").update(content).digest("hex");
    const object = `wordcount/killed-${digest}.zip`;
    const receive = ["exec", "-i", "deploy/nginx-file-server", "--", "knflow-receive", object, digest];
    const push = () =>
      execa("kubectl", ["-n", this.#namespace, ...receive], {
        env: this.#project.env,
        ...{ stdin: "pipe", stdout: "ignore", reject: false },
      });
    const uploading = () => this.#project.onVolume("ls /data/uploads/.incoming");
    const first = push();
    first.stdin.write(content.subarray(0, content.length / 2));
    await waitFor("the push to begin", async () => (await uploading()) || undefined);
    first.kill("SIGKILL");
    await first;
    await waitFor("its rest to go", async () => (await uploading()) === "" || undefined);
    const listed = () => this.#project.onVolume("knflow-receive --list");
    assert.ok(!(await listed()).includes(object));
    const second = push();
    second.stdin.end(content);
    assert.equal((await second).exitCode, 0);
    assert.ok((await listed()).includes(`${object} ${content.length}`));
  }

  async end(): Promise<void> {
    await this.#busy.remove();
    await this.#access.close();
  }

  #function(name: string, environment?: Record<string, string>): BusyFunction {
    return new BusyFunction(this.#project, this.#access, this.#namespace, name, environment);
  }

  async #deploy(version: number, pods: number): Promise<void> {
    await this.#busy.apply(version, pods);
    await this.#busy.serves(version);
  }

  async #restart(namespace: string, ...deployments: string[]): Promise<void> {
    const names = deployments.map((name) => `deployment/${name}`);
    await this.#project.kubectl("-n", namespace, "rollout", "restart", ...names);
    for (const name of names) {
      await this.#project.kubectl("-n", namespace, "rollout", "status", name, "--timeout=180s");
    }
  }

  /** Does something while requests come in. @returns them; each got its answer */
  async #under(body: object, work: () => Promise<void>): Promise<readonly Sent[]> {
    const load = await this.#load(body);
    try {
      await work();
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.failed, []);
    return load.sent;
  }

  async #load(body: object): Promise<Load> {
    return new Load(this.#project.instance.gatewayLoopback, await this.#busy.host(), rate, body);
  }

  async #status(body: object): Promise<number> {
    return (await this.#ask(body)).status;
  }

  async #call(body: object): Promise<{ readonly version?: number }> {
    return JSON.parse((await this.#ask(body)).text) as { version?: number };
  }

  async #ask(body: object): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { host: await this.#busy.host(), "content-type": "application/json" };
    const url = this.#project.instance.gatewayLoopback;
    const answer = await request(url, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.statusCode, text: await answer.body.text() };
  }
}
