import { clusterDown } from "../../cluster/embedded/index.ts";
import type { Progress } from "../../console/progress.ts";
import { BenchCluster, instanceName } from "./bench-cluster.ts";

/** The benchmark's cluster, brought up where a case needs it. */
export class ClusterLease {
  readonly #progress: Progress;
  #cluster: Promise<BenchCluster> | undefined;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  get(): Promise<BenchCluster> {
    return (this.#cluster ??= BenchCluster.open(this.#progress));
  }

  /** Ends the cluster where it was brought up, or leaves it running; what is on it stays for the next run. */
  async end({ leaveRunning }: { leaveRunning: boolean }): Promise<void> {
    const cluster = await this.#cluster?.catch(() => undefined);
    await cluster?.close();
    if (this.#cluster !== undefined && !leaveRunning) await clusterDown(instanceName, { purge: false }, this.#progress);
  }
}
