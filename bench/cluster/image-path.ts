import { bakedConfig, bakedFiles, bakedStart } from "../images/baked.ts";
import type { Base, Registry } from "../images/registry.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { editToReply } from "./live.ts";
import { applyService, deployService, likeness, readService, type ServiceObject } from "./services.ts";
import { echo } from "./workloads.ts";

/**
 * How code goes live where each function is an image, at its quickest: one layer on a base that registry and node have, pushed by two
 * uploads and a manifest, then one request that gives the Knative Service its new digest. No program is started on the way.
 */
export class ImagePath {
  readonly #cluster: BenchCluster;
  readonly #registry: Registry;
  readonly #base: Base;
  readonly #service: ServiceObject;
  readonly #host: string;

  private constructor(cluster: BenchCluster, registry: Registry, base: Base, service: ServiceObject, host: string) {
    this.#cluster = cluster;
    this.#registry = registry;
    this.#base = base;
    this.#service = service;
    this.#host = host;
  }

  /** Deploys a function that is like one of knflow's, but has its code in its image. */
  static async of(cluster: BenchCluster, namespace: string, service: string): Promise<ImagePath> {
    const { registry } = cluster;
    const model = await readService(cluster, namespace, service);
    const runtime = await registry.base(model.spec.template.spec.containers[0].image);
    const base = await registry.base(await registry.append(runtime, [await bakedStart()], bakedConfig));
    const image = await registry.append(base, bakedFiles({ "main.py": echo() }));
    const own = likeness(model, `${service}-image`, image);
    return new ImagePath(cluster, registry, base, own, await deployService(cluster, own));
  }

  /** The Knative Service's name. */
  get service(): string {
    return this.#service.metadata.name;
  }

  /** @returns seconds from the edit to the first reply of the new code */
  async edit(): Promise<number> {
    return editToReply(this.#cluster, this.#host, async (version) => {
      const image = await this.#registry.append(this.#base, bakedFiles({ "main.py": echo(version) }));
      await applyService(this.#cluster, likeness(this.#service, this.service, image));
    });
  }
}
