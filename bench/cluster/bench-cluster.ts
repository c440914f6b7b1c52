import { json as readJson } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { Agent, request } from "undici";
import { clusterStatus, clusterUp, type Instance } from "../../cluster/embedded/index.ts";
import { clientTools, ensureTools, type Toolchain } from "../../cluster/toolchain/index.ts";
import { ClusterApi } from "../../commands/cluster-api.ts";
import { UserError } from "../../console/errors.ts";
import type { Progress } from "../../console/progress.ts";
import { kubectlFlags } from "../../settings/cluster.ts";
import { Registry } from "../images/registry.ts";
import { BenchProject } from "./project.ts";
import type { BenchStack } from "./stack.ts";
import { functionsForAll, type Workload } from "./workloads.ts";

/** The embedded cluster's instance that the benchmark has to itself. */
export const instanceName = "bench";
/** The stack that installs Knative, and whose functions all cases but those about updates call. */
const mainStack = "bench";
/** Scale to zero as fast as Knative lets it: cold starts are what is waited for most. */
const quickSleep = { window: "6s" };
/** Seconds within which services must be asleep. */
const sleepSeconds = 180;
/** Milliseconds of rest after the last pod is gone, or there, for what the kubelet and Knative still do. */
const rest = 1500;

interface PodObject {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
}

/** What cases do with the cluster. */
export class BenchCluster {
  readonly instance: Instance;
  readonly toolchain: Toolchain;
  readonly api: ClusterApi;
  readonly project: BenchProject;
  /** The cluster's own registry. */
  readonly registry: Registry;
  readonly #agent = new Agent({ connections: 32, keepAliveTimeout: 600_000, headersTimeout: 600_000 });
  #main: Promise<BenchStack> | undefined;
  readonly #progress: Progress;

  private constructor(instance: Instance, toolchain: Toolchain, api: ClusterApi, project: BenchProject, p: Progress) {
    this.instance = instance;
    this.toolchain = toolchain;
    this.api = api;
    this.project = project;
    this.registry = new Registry(instance.registryFromHost, instance.registry);
    this.#progress = p;
  }

  /** Brings it up with Knative on it. */
  static async open(progress: Progress): Promise<BenchCluster> {
    const instance = await clusterUp(instanceName, progress);
    const toolchain = await ensureTools(clientTools, progress);
    const project = await BenchProject.create(instance, toolchain);
    const api = await ClusterApi.open({ flags: kubectlFlags(instance), environment: project.environment });
    const cluster = new BenchCluster(instance, toolchain, api, project, progress);
    await cluster.main();
    return cluster;
  }

  /** The stack that owns the platform, up to date. */
  main(): Promise<BenchStack> {
    return (this.#main ??= this.#progress.run("deploy the benchmark's functions", async () => {
      const stack = await this.project.stack(mainStack, { "knflow:scale": quickSleep, "knflow:reload": true });
      await stack.write(functionsForAll());
      await stack.up();
      return stack;
    }));
  }

  /** A stack beside the main one, on its platform. */
  async besides(name: string, workload: Workload, config: Record<string, unknown> = {}): Promise<BenchStack> {
    const stack = await this.project.stack(name, {
      "knflow:platform": "external",
      "knflow:codeVolumeName": `bench-${name}`,
      ...config,
    });
    await stack.write(workload);
    return stack;
  }

  /** The node's first process as the host sees it: all of the cluster is below it. */
  async nodePid(): Promise<number> {
    const { pid } = await clusterStatus(instanceName);
    if (pid === undefined) throw new UserError(`the cluster ${instanceName} does not run`);
    return pid;
  }

  /** The host by which the gateway knows a Knative Service. */
  async hostOf(namespace: string, service: string): Promise<string> {
    const get = ["-n", namespace, "get", "services.serving.knative.dev", service, "-o", "jsonpath={.status.url}"];
    return new URL(await this.kubectl(...get)).host;
  }

  /**
   * Calls a service through the gateway, on loopback.
   *
   * @throws UserError where the answer is not 200
   */
  async call(host: string, body: unknown): Promise<string> {
    const answer = await request(this.instance.gatewayLoopback, {
      dispatcher: this.#agent,
      method: "POST",
      headers: { host, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new UserError(`${host} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    return text;
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await this.kubectlWith("", ...args)).trim();
  }

  async kubectlWith(input: string, ...args: string[]): Promise<string> {
    const { environment } = this.project;
    return (await execa("kubectl", [...kubectlFlags(this.instance), ...args], { env: environment, input })).stdout;
  }

  /**
   * Waits until services have no pod any more, by their own scale to zero. Pods that are ending already are not waited for.
   *
   * @param left how many stay of each: those of services that never sleep, where no pod of an older Revision is left
   */
  async asleep(namespace: string, services: readonly string[], left = 0): Promise<void> {
    const selector = new URLSearchParams({ labelSelector: `serving.knative.dev/service in (${services.join(",")})` });
    const path = `/api/v1/namespaces/${namespace}/pods?${selector.toString()}`;
    const deadline = performance.now() + sleepSeconds * 1000;
    for (;;) {
      const answer = await this.api.get(path, AbortSignal.timeout(10_000));
      const { items } = (await readJson(answer)) as { items: PodObject[] };
      if (items.length <= left * services.length) break;
      if (performance.now() > deadline)
        throw new UserError(`after ${sleepSeconds} s there is still ${items.at(-1)?.metadata.name}`);
      const ending = items.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
      // For half a minute they would wait for requests, which nobody sends.
      const names = ending.map(({ metadata }) => metadata.name);
      if (names.length > 0) {
        await this.kubectl(
          "-n",
          namespace,
          "delete",
          "pod",
          ...names,
          "--force",
          "--grace-period=0",
          "--ignore-not-found",
        );
      }
      await pause(250);
    }
    await pause(rest);
  }

  /** Has a service's pod there, by a request. */
  async awake(host: string): Promise<void> {
    await this.call(host, {});
    await pause(rest);
  }

  async close(): Promise<void> {
    await this.#agent.close();
    await this.api.close();
  }
}
