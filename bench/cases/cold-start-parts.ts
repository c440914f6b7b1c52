import { waitFor } from "../../test/runtime/support/wait.ts";
import type { Bench, Case } from "../case.ts";
import type { BenchCluster } from "../cluster/bench-cluster.ts";
import { PodEvents } from "../cluster/pod-events.ts";
import type { Breakdown, Figure, Series } from "../results.ts";
import { UserError } from "../../console/errors.ts";

const services = { "single-python": "Python", "single-node": "Node.js" } as const;

/** The runtime's own account of its start: the line of its log that says `ready`. */
interface ReadyLine {
  readonly ts: string;
  readonly msg: string;
  readonly startMs: number;
  readonly downloadMs: number;
  readonly unpackMs: number;
  readonly importMs: number;
}

/** G3: what a cold start is made of. */
export const coldStartParts: Case = {
  id: "G3",
  title: "what a cold start is made of",
  includes:
    "One request at a time to a function that has no pod, by the clock of one machine: pods and events as a watch of the API server tells " +
    "them, the runtime's part by its own log. The parts follow each other and add up to what the client waits; the code comes while the " +
    "server's modules are loaded, so what it takes is in that part and is told apart below.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const rounds: Record<string, Parts[]> = {};
    for (let round = 0; round <= bench.rounds(10); round += 1) {
      for (const service of Object.keys(services)) {
        const parts = await coldStart(cluster, namespace, service);
        bench.step.note(
          `round ${round}, ${service}: ${parts.sequence.map(([, value]) => Math.round(value)).join(", ")}`,
        );
        if (round > 0) (rounds[service] ??= []).push(parts);
      }
    }
    const breakdowns: Breakdown[] = [];
    const figures: Figure[] = [];
    for (const [service, name] of Object.entries(services)) {
      const measured = rounds[service] ?? [];
      breakdowns.push({ name, unit: "ms", parts: series(measured.map(({ sequence }) => sequence)) });
      for (const { name: part, values } of series(measured.map(({ inside }) => inside))) {
        figures.push({ name: `${name}: ${part}`, unit: "ms", values });
      }
    }
    return { breakdowns, figures };
  },
};

type Named = readonly (readonly [name: string, milliseconds: number])[];

interface Parts {
  readonly sequence: Named;
  readonly inside: Named;
}

/**
 * One cold start. The gateway may know a Pod for a while that is gone already, and its container may go on: what comes of such a
 * request is no cold start, and done again.
 */
async function coldStart(cluster: BenchCluster, namespace: string, service: string): Promise<Parts> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await cluster.asleep(namespace, Object.keys(services));
    const parts = await attemptColdStart(cluster, namespace, service);
    if (parts !== undefined) return parts;
  }
  throw new UserError(`${service} answers, but by none of its Pods`);
}

async function attemptColdStart(cluster: BenchCluster, namespace: string, service: string): Promise<Parts | undefined> {
  const host = await cluster.hostOf(namespace, service);
  const events = await PodEvents.follow(cluster.api, namespace, service);
  try {
    const begun = Date.now();
    const isAnswered = await cluster.call(host, { a: 1 }).then(
      () => true,
      () => false,
    );
    if (!isAnswered) return undefined;
    const replied = Date.now();
    // What happened may be told seconds later: the kubelet writes its events when it gets to it.
    const [created, scheduled, pulled] = [
      await events.at("created"),
      await events.at("scheduled"),
      await events.at("Pulled user-container"),
    ];
    const selector = ["-l", `serving.knative.dev/service=${service}`, "-c", "user-container"];
    const line = await waitFor(`${service} to log that it is ready`, async () => {
      // There is none before the container runs.
      const log = await cluster.kubectl("-n", namespace, "logs", ...selector, "--tail=100").catch(() => "");
      return log
        .split("\n")
        .filter((text) => text.startsWith("{"))
        .map((text) => JSON.parse(text) as ReadyLine)
        .find(({ msg }) => msg === "ready");
    });
    const loaded = Date.parse(line.ts);
    if (replied < loaded) return undefined;
    const points: readonly (readonly [string, number])[] = [
      ["activator, autoscaler, deployment: until the pod is there", created],
      ["scheduling", scheduled],
      ["kubelet, volumes, sandbox and network: until the first image is looked at", pulled],
      // The kubelet's event that it has started may come later than the process' own first line.
      ["container made and started, interpreter until its first line", loaded - line.startMs],
      ["runtime: modules, download, unpack, import of the handler", loaded],
      ["probes, endpoints, activator, and the call itself", replied],
    ];
    let before = begun;
    const sequence = points.map(([name, time]) => {
      const value = time - before;
      before = time;
      return [name, value] as const;
    });
    const inside = [
      ["download of the code", line.downloadMs],
      ["unpacking", line.unpackMs],
      ["import of the handler", line.importMs],
      ["whole start of the runtime", line.startMs],
      ["whole cold start", replied - begun],
    ] as const;
    return { sequence, inside };
  } finally {
    events.end();
  }
}

/** Rounds of named values as the values of each name. */
function series(rounds: readonly Named[]): Series[] {
  const names = (rounds[0] ?? []).map(([name]) => name);
  return names.map((name, index) => ({ name, values: rounds.map((round) => round[index]?.[1] ?? 0) }));
}
