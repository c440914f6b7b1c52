import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { logTail } from "../../console/plain-text.ts";
import { FailedStep } from "../../console/progress.ts";
import { addonManifests } from "./addons.ts";
import { names } from "./constants.ts";
import { isOpen } from "./gateway-port.ts";
import { hasReadyPod, isNodeReady, kubernetesApi, type KubernetesApi } from "./kubernetes.ts";
import type { Layout } from "./layout.ts";
import type { Network } from "./network.ts";
import { nodeProcess } from "./node-process.ts";
import { reachableNameservers } from "./node-init.ts";
import { waitUntil } from "./wait.ts";

/** What a node must have to serve, by the services whose logs tell why one is not there. */
const parts = {
  "the API server": ["etcd", "kube-apiserver"],
  "the node": ["containerd", "kubelet"],
  "its DNS": ["kubelet"],
  "the gateway's port": ["gateway-forward"],
} as const;

type Part = keyof typeof parts;

/** What `serve` needs beside the node. */
export interface ServingParts {
  readonly kubectl: string;
  readonly corednsImage: string;
}

/**
 * Removes what controllers in pods have elected their leaders by, of whom none is left where the only node starts. Those of Knative would
 * wait a minute for the ones before, however long these are gone: nothing that is deployed meanwhile becomes ready.
 */
const deleteLeases = [
  ...["delete", "leases.coordination.k8s.io", "--all-namespaces", "--ignore-not-found", "--wait=false"],
  "--field-selector=metadata.namespace!=kube-node-lease,metadata.namespace!=kube-system",
];

/**
 * Waits until the node started last serves: what was said of it before it started counts for nothing.
 *
 * @throws FailedStep where it does not come up, with the end of the logs that may tell why
 */
export async function serve(
  layout: Layout,
  network: Network,
  { kubectl, corednsImage }: ServingParts,
  note: (text: string) => void,
): Promise<void> {
  const api = kubernetesApi(layout, network.nodeIp);
  await waitFor(layout, note, async () => ((await api.get("/readyz")) ? [] : ["the API server"]));
  const flags = [`--kubeconfig=${layout.kubeconfig}`, `--context=${names.context(layout.name)}`];
  const freed = await execa(kubectl, [...flags, ...deleteLeases], { reject: false });
  if (freed.failed) throw failed(layout, "old leases could not be removed", freed.stderr.trimEnd().split("\n"));
  const applied = await execa(kubectl, [...flags, "apply", "--server-side", "--force-conflicts", "-f", "-"], {
    input: addonManifests(corednsImage, await hasUpstream(layout)),
    reject: false,
  });
  if (applied.failed) throw failed(layout, "its DNS could not be set up", applied.stderr.trimEnd().split("\n"));
  await waitFor(layout, note, () => missingParts(layout, network, api));
}

/** Whether the node serves that runs now; Kubernetes goes on for a while to tell what it knew of the one before. */
export async function isServing(layout: Layout, network: Network): Promise<boolean> {
  return (await missingParts(layout, network, kubernetesApi(layout, network.nodeIp))).length === 0;
}

async function missingParts(layout: Layout, network: Network, api: KubernetesApi): Promise<Part[]> {
  // The API tells whole seconds.
  const since = new Date(Math.floor(statSync(layout.nodeProcess).mtimeMs / 1000) * 1000).toISOString();
  const [ready, node, dns, open] = await Promise.all([
    api.get("/readyz"),
    api.get(`/api/v1/nodes/${names.node(layout.name)}`),
    api.get("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns"),
    isOpen(network.gatewayPort),
  ]);
  if (ready === undefined) return ["the API server"];
  const missing: Part[] = [];
  if (node === undefined || !isNodeReady(node, since)) missing.push("the node");
  if (dns === undefined || !hasReadyPod(dns, since)) missing.push("its DNS");
  if (!open) missing.push("the gateway's port");
  return missing;
}

const patience = 120_000;

async function waitFor(layout: Layout, note: (text: string) => void, missing: () => Promise<Part[]>): Promise<void> {
  let last: Part[] = [];
  const answer = async () => {
    if (!nodeProcess(layout)) throw failed(layout, "the node ended", logTail(layout.nodeLog, 20));
    last = await missing();
    note(last.join(", "));
    return last.length === 0 ? true : undefined;
  };
  await waitUntil("", patience, answer, () => {
    const services = [...new Set(last.flatMap((part) => parts[part]))];
    const lines = services.flatMap((service) => logEnd(layout, service));
    return failed(layout, `${last.join(" and ")} did not come up within ${patience / 1000} s`, lines);
  });
}

function logEnd(layout: Layout, service: string): string[] {
  const lines = logTail(join(layout.logs, service, "current"), 10);
  return lines.length === 0 ? [`${service}: said nothing`] : [`${service}:`, ...lines.map((line) => `  ${line}`)];
}

/** By what the node was given at its start; the host's nameservers may have changed since. */
async function hasUpstream(layout: Layout): Promise<boolean> {
  const file = `/proc/${nodeProcess(layout)?.pid}/root/run/resolv.conf`;
  return reachableNameservers(await readFile(file, "utf8").catch(() => "")).length > 0;
}

function failed(layout: Layout, what: string, lines: readonly string[]): FailedStep {
  const own = layout.name === "dev" ? "" : ` --name ${layout.name}`;
  return new FailedStep(
    `cluster ${layout.name} does not serve: ${what}. The end of the logs is above, all of them: "npx knflow cluster ` +
      `logs${own}". Where nothing there helps (a full disk, no memory left), end it with "npx knflow cluster ` +
      `down${own}", which keeps its state, and run the same command again`,
    lines,
  );
}
