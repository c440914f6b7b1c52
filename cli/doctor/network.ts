import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { fileServerName } from "../../manifests/file-server.ts";
import { labels } from "../../manifests/labels.ts";
import { runKeeperName } from "../../manifests/run-store.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import type { Kubectl } from "../kubectl.ts";
import type { Finding } from "./finding.ts";
import { probeLabel, probePod, type Role } from "./probe-pod.ts";

const finding = { area: "network", name: "NetworkPolicies" } as const;
const unknown = (seen: string, fix: string): Finding => ({ ...finding, state: "unknown", seen, fix });

/** Seconds that the probes have, their start included. */
const patienceSeconds = 45;
const roles: readonly Role[] = ["function", "stranger"];

interface PodTemplate {
  readonly containers: readonly { readonly image: string }[];
}

interface Workload {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: PodTemplate } };
}

interface ProbeObject {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly state: {
        readonly waiting?: { readonly reason?: string };
        readonly terminated?: { readonly message?: string };
      };
    }[];
  };
}

/** Whether the stack's NetworkPolicies are there and the cluster's network enforces them, found by pods that try. */
export async function networkFinding(kubectl: Kubectl, namespace: string, wanted: boolean): Promise<Finding> {
  const made = await kubectl.list("networkpolicies", "-l", `${labels.managedBy}=knflow`);
  if (!wanted && made.length === 0)
    return {
      ...finding,
      state: "warning",
      seen: "the stack has none (knflow:networkPolicies is false): any pod of the cluster may connect to its pods",
      fix: "set knflow:networkPolicies to true",
    };
  if (made.length === 0) return { ...finding, state: "problem", seen: "are not there", fix: '"pulumi up" makes them' };
  const image = await nodeImage(kubectl);
  if (image === undefined)
    return unknown(
      "cannot be tried: no workflow is deployed whose image the probes could use",
      '"pulumi up" deploys one',
    );
  return judge(await probe(kubectl, namespace, image));
}

/** What both probes saw, as a finding. */
export function judge(seen: Readonly<Record<Role, string>>): Finding {
  const { function: allowed, stranger } = seen;
  if (allowed === "reached" && stranger === "denied") {
    const what = "a pod like a function's reached the file server, one without its label did not";
    return { ...finding, state: "ok", seen: `are enforced: ${what}` };
  }
  if (allowed === "reached" && stranger === "reached") {
    return {
      ...finding,
      state: "warning",
      seen:
        "this cluster's network does not enforce NetworkPolicies: a pod that must not reach the file server did. Any pod of " +
        "the cluster can connect to functions, file server and run store",
      fix: "use a network plugin that enforces them, such as Calico or Cilium; or let only trusted pods onto the cluster",
    };
  }
  if (allowed === "denied") {
    return {
      ...finding,
      state: "problem",
      seen: "a pod like a function's does not reach the file server, so functions cannot start",
      fix: `look for what else denies it: "kubectl get networkpolicies", and whether ${fileServerName} is ready`,
    };
  }
  if (allowed === "no-address") {
    return {
      ...finding,
      state: "problem",
      seen: "a pod like a function's does not find the file server's name, so functions cannot start",
      fix: 'look at the cluster\'s DNS: "kubectl get pods -n kube-system -l k8s-app=kube-dns"',
    };
  }
  const why = allowed === "reached" ? stranger : allowed;
  return unknown(`cannot be tried: the probe says ${why}`, 'see "kubectl get events"; then run the doctor again');
}

/** The executor's image, which has Node.js and is on the cluster already. */
async function nodeImage(kubectl: Kubectl): Promise<string | undefined> {
  const executors = ["services.serving.knative.dev", "-l", `${labels.workflow},!${labels.function}`];
  const [[executor], [keeper]] = await Promise.all([
    kubectl.list<Workload>(...executors),
    kubectl.list<Workload>("deployments", "--field-selector", `metadata.name=${runKeeperName}`),
  ]);
  return (executor ?? keeper)?.spec.template.spec.containers[0]?.image;
}

/** Runs the probes; they are gone at the end, however it comes. */
async function probe(kubectl: Kubectl, namespace: string, image: string): Promise<Record<Role, string>> {
  const run = randomBytes(4).toString("hex");
  const stopped = new AbortController();
  const remove = (...which: string[]) =>
    kubectl.start(["delete", "pods", ...which, "--wait=false", "--ignore-not-found"], { detached: true });
  return stopOnInterrupt(
    () => stopped.abort(),
    async () => {
      // Those of a doctor that was killed have ended by their deadline.
      await remove("-l", probeLabel, "--field-selector=status.phase==Failed");
      try {
        const items = roles.map((role) => probePod({ namespace, role, run, image }));
        const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
        const made = await kubectl.start(["create", "-f", "-"], { input });
        const refused = made.stderr.trim();
        if (made.failed) return { function: refused, stranger: refused };
        return await results(kubectl, run, stopped.signal);
      } finally {
        await remove("-l", `${probeLabel}=${run}`);
      }
    },
  );
}

async function results(kubectl: Kubectl, run: string, stopped: AbortSignal): Promise<Record<Role, string>> {
  const end = performance.now() + patienceSeconds * 1000;
  for (;;) {
    const pods = await kubectl.list<ProbeObject>("pods", "-l", `${probeLabel}=${run}`).catch(() => []);
    const told = Object.fromEntries(
      roles.map((role) => [role, resultOf(pods.find(({ metadata }) => metadata.name.endsWith(`-${role}`)))]),
    ) as Record<Role, string | undefined>;
    const { function: allowed, stranger } = told;
    if (allowed !== undefined && stranger !== undefined) return { function: allowed, stranger };
    if (stopped.aborted || performance.now() > end) {
      const waiting = pods.flatMap(({ status }) => status?.containerStatuses?.[0]?.state.waiting?.reason ?? []);
      const none = `nothing within ${patienceSeconds} s${waiting[0] === undefined ? "" : ` (${waiting[0]})`}`;
      return { function: allowed ?? none, stranger: stranger ?? none };
    }
    await pause(300);
  }
}

function resultOf(pod: ProbeObject | undefined): string | undefined {
  const phase = pod?.status?.phase;
  if (phase !== "Succeeded" && phase !== "Failed") return undefined;
  return pod?.status?.containerStatuses?.[0]?.state.terminated?.message ?? `nothing (${phase})`;
}
