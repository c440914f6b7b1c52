import { alternate } from "../alternate.ts";
import type { Bench, Case } from "../case.ts";
import type { BenchCluster } from "../cluster/bench-cluster.ts";
import { ImagePath } from "../cluster/image-path.ts";
import { nextVersion, untilLive } from "../cluster/live.ts";
import type { BenchStack } from "../cluster/stack.ts";
import { echo, threeFunctions } from "../cluster/workloads.ts";

/** B1: from an edit to its first reply by `pulumi up`, against an image for each function. */
export const editToLive: Case = {
  id: "B1",
  title: "edit to live by pulumi up, and by an image for each function",
  includes:
    "From the saved file to the first reply of its code, of one Python function. `pulumi up` reads, compares and records the whole stack: " +
    "three functions and their workflow on a platform that is there, or all of the benchmark's functions with Knative itself. The image " +
    "path knows nothing of a stack: this very process appends one layer to a base that registry and node have, pushes it, and patches " +
    "the one Knative Service by a request to the API server.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const main = await cluster.main();
    const stack = await cluster.besides("edit", threeFunctions());
    await stack.up();
    const images = await ImagePath.of(cluster, stack.namespace, "three-first");
    const [small, whole] = [await byUpdate(cluster, stack), await byUpdate(cluster, main)];
    const [byStack = [], byPlatform = [], byImage = []] = await alternate(
      bench.rounds(9),
      [small.edit, whole.edit, () => images.edit()],
      {
        told: (round, values) => bench.step.note(`round ${round}: ${values.map((one) => one.toFixed(2)).join(", ")} s`),
      },
    );
    const baseline = { name: "one layer appended", values: byImage };
    const one = { unit: "s", baseline, goal: { atMost: 0.85 } };
    return {
      comparisons: [
        {
          name: "edit to live, pulumi up of 3 functions / one-layer append",
          subject: { name: "pulumi up", values: byStack },
          ...one,
        },
        {
          name: "edit to live, pulumi up with the platform / one-layer append",
          subject: { name: "pulumi up", values: byPlatform },
          ...one,
        },
      ],
      figures: [
        { name: "edit to first reply by pulumi up, 3 functions", unit: "s", values: byStack, goal: { atMost: 4 } },
        {
          name: "edit to first reply by pulumi up, with the platform",
          unit: "s",
          values: byPlatform,
          goal: { atMost: 4 },
        },
        { name: "until pulumi up ends, 3 functions", unit: "s", values: small.ends.slice(-byStack.length) },
        { name: "until pulumi up ends, with the platform", unit: "s", values: whole.ends.slice(-byPlatform.length) },
      ],
    };
  },
};

async function byUpdate(cluster: BenchCluster, stack: BenchStack) {
  const host = await cluster.hostOf(stack.namespace, "three-first");
  const ends: number[] = [];
  const edit = async () => {
    const version = nextVersion();
    await stack.writeFile("three/first/main.py", echo(version));
    const begun = performance.now();
    const update = stack.up().then(() => ends.push((performance.now() - begun) / 1000));
    const live = untilLive(cluster, host, version, begun);
    await Promise.all([update, live]);
    return live;
  };
  return { edit, ends };
}
