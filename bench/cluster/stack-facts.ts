import { peakMemory } from "../process-memory.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import type { BenchStack } from "./stack.ts";

const serving = ["services", "configurations", "revisions", "routes"].map((name) => `${name}.serving.knative.dev`);
const internal = [
  "podautoscalers.autoscaling",
  "metrics.autoscaling",
  "ingresses.networking",
  "serverlessservices.networking",
];
const kinds = [
  ...serving,
  ...internal.map((name) => `${name}.internal.knative.dev`),
  ...["images.caching.internal.knative.dev", "deployments", "replicasets", "services", "endpointslices"],
];

/** KiB of the state as JSON, which the engine writes anew with each step. */
export async function stateSize(stack: BenchStack): Promise<number> {
  // Without the spaces that the command puts in for people.
  const state: unknown = JSON.parse(await stack.pulumi("stack", "export"));
  return JSON.stringify(state).length / 1024;
}

/** How many objects of the kinds that come with a Knative Service the stack's namespace has, itself among them. */
export async function objectCount(cluster: BenchCluster, { namespace }: BenchStack): Promise<number> {
  const listed = await cluster.kubectl("-n", namespace, "get", kinds.join(","), "-o", "name");
  return listed.split("\n").filter(Boolean).length;
}

/** An update, and the most memory that it had. */
export async function measuredUp(stack: BenchStack): Promise<{ seconds: number; memory: number }> {
  const begun = performance.now();
  const { pid, done } = stack.start("up", "--yes", "--skip-preview");
  const memory = await peakMemory(pid ?? 0, done);
  return { seconds: (performance.now() - begun) / 1000, memory };
}
