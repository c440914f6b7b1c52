import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readInstance, type Instance } from "./instance.ts";
import { names } from "./constants.ts";
import { isNodeReady, kubernetesApi } from "./kubernetes.ts";
import { layoutOf, type Layout } from "./layout.ts";
import { readNetwork } from "./network.ts";
import { hostPids } from "./node.ts";
import { nodeProcess } from "./node-process.ts";
import { checkName } from "./preconditions.ts";

/** A service of the node. */
export interface ServiceStatus {
  readonly name: string;
  readonly running: boolean;
  /** Its process as the host sees it. */
  readonly pid?: number;
  /** Since when it runs, or is not running, in ISO 8601. */
  readonly since?: string;
  /** How often it was started again after it had ended by itself. */
  readonly restarts: number;
}

/** How an instance is. */
export interface ClusterStatus {
  readonly name: string;
  /** "absent": nothing was ever made; "stopped": state is there, nothing runs; "running". */
  readonly state: "absent" | "stopped" | "running";
  /** The node's first process as the host sees it. */
  readonly pid?: number;
  readonly services: readonly ServiceStatus[];
  /** Kubernetes' own word on its node; undefined where it does not answer. */
  readonly nodeReady?: boolean;
  /** Addresses and files, once `up` has completed. */
  readonly instance?: Instance;
}

/** Looks at an instance; changes nothing. */
export async function clusterStatus(name: string): Promise<ClusterStatus> {
  checkName(name);
  const layout = layoutOf(name);
  const instance = readInstance(name);
  const described = instance === undefined ? {} : { instance };
  const node = nodeProcess(layout);
  if (!node) return { name, state: existsSync(layout.folder) ? "stopped" : "absent", services: [], ...described };
  const pids = hostPids(node);
  const folders = await readdir(layout.services);
  const services = await Promise.all(
    folders.filter((folder) => !folder.startsWith(".")).map((folder) => serviceStatus(layout.services, folder, pids)),
  );
  const nodeReady = await saysReady(layout);
  return {
    name,
    state: "running",
    pid: node.pid,
    services,
    ...(nodeReady === undefined ? {} : { nodeReady }),
    ...described,
  };
}

async function serviceStatus(services: string, name: string, pids: Map<number, number>): Promise<ServiceStatus> {
  const folder = join(services, name);
  const status = await execa("s6-svstat", ["-o", "up,pid,updownfor", folder], { reject: false });
  const deaths = await execa("s6-svdt", [folder], { reject: false });
  const restarts = deaths.stdout.split("\n").filter((line) => line !== "").length;
  return { name, restarts, ...parseSvstat(status.stdout, Date.now(), pids) };
}

/** Reads `s6-svstat -o up,pid,updownfor`: `true 17 42`, or `false -1 3`. */
export function parseSvstat(
  line: string,
  now: number,
  pids: ReadonlyMap<number, number>,
): Pick<ServiceStatus, "running" | "pid" | "since"> {
  const [up, inside, seconds] = line.trim().split(" ");
  const pid = up === "true" ? pids.get(Number(inside)) : undefined;
  return {
    running: up === "true",
    ...(pid === undefined ? {} : { pid }),
    ...(seconds === undefined ? {} : { since: new Date(now - Number(seconds) * 1000).toISOString() }),
  };
}

async function saysReady(layout: Layout): Promise<boolean | undefined> {
  const network = readNetwork(layout);
  if (!network || !existsSync(layout.kubeconfig)) return undefined;
  const node = await kubernetesApi(layout, network.nodeIp).get(`/api/v1/nodes/${names.node(layout.name)}`);
  return node === undefined ? undefined : isNodeReady(node);
}
