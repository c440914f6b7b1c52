import { readFile } from "node:fs/promises";
import { alternate } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import type { BenchCluster } from "../cluster/bench-cluster.ts";
import { BuildPath, lockFile } from "../cluster/build-path.ts";
import { ImagePath } from "../cluster/image-path.ts";
import { editToReply } from "../cluster/live.ts";
import type { BenchStack } from "../cluster/stack.ts";
import { alwaysAwake, echo, onePackage, picture, threeFunctions } from "../cluster/workloads.ts";
import type { Measured } from "../results.ts";

/** B1: from an edit to its first reply by `pulumi up`, against an image for each function. */
export const editToLive: Case = {
  id: "B1",
  title: "edit to live by pulumi up, and by an image for each function",
  includes:
    "From the saved file to the first reply of its code, of one Python function that is awake, with no pod left of the edit before; it is called ten times a second meanwhile. " +
    "`pulumi up` reads, compares and records the whole stack, with `knflow:reload` as the stack `dev` has it, and once without: " +
    "three functions and their workflow on a platform that is there, or all of the benchmark's functions with Knative itself. The image " +
    "path knows nothing of a stack: this very process appends one layer to a base that registry and node have, pushes it, and patches " +
    "the one Knative Service by a request to the API server. The build is one by BuildKit, as quick as that is, which installs one package " +
    "(Pillow) from wheels at hand on each edit; knflow's function has the same package, which an edit leaves as it is.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const parts = [await againstAppend(bench, cluster), await againstBuild(bench, cluster)];
    return {
      comparisons: parts.flatMap(({ comparisons = [] }) => comparisons),
      figures: parts.flatMap(({ figures = [] }) => figures),
    };
  },
};

/** As the stack `dev` has it. */
const reloading = { ...alwaysAwake, "knflow:reload": true };

async function againstAppend(bench: Bench, cluster: BenchCluster): Promise<Measured> {
  const main = await cluster.main();
  const stack = await cluster.besides("reloading", threeFunctions(), reloading);
  const plain = await cluster.besides("edit", threeFunctions(), alwaysAwake);
  await stack.up();
  await plain.up();
  const images = await ImagePath.of(cluster, stack.namespace, "three-first");
  const small = await byUpdate(cluster, stack, "three", "first", echo);
  const revision = await byUpdate(cluster, plain, "three", "first", echo);
  const whole = await byUpdate(cluster, main, "three", "first", echo);
  const before = async () => {
    await cluster.asleep(stack.namespace, ["three-first", images.service], 1);
    await cluster.asleep(plain.namespace, ["three-first"], 1);
    await cluster.asleep(main.namespace, ["three-first"]);
  };
  const [byStack = [], byRevision = [], byPlatform = [], byImage = []] = await alternate(
    bench.rounds(9),
    [small.edit, revision.edit, whole.edit, () => images.edit()],
    { before, beforeEach: true, told: showRounds(bench) },
  ).finally(async () => {
    for (const awake of [stack, plain]) await awake.letSleep();
  });
  const baseline = { name: "one layer appended", values: byImage };
  const one = { unit: "s", baseline, goal: { atMost: 0.85 } };
  const edits = { unit: "s", goal: { atMost: 4 } };
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
      { name: "edit to first reply by pulumi up, 3 functions", values: byStack, ...edits },
      { name: "edit to first reply by pulumi up, with the platform", values: byPlatform, ...edits },
      { name: "edit to first reply by pulumi up, 3 functions, without knflow:reload", unit: "s", values: byRevision },
      { name: "until pulumi up ends, 3 functions", unit: "s", values: small.ends.slice(-byStack.length) },
      { name: "until pulumi up ends, with the platform", unit: "s", values: whole.ends.slice(-byPlatform.length) },
    ],
  };
}

async function againstBuild(bench: Bench, cluster: BenchCluster): Promise<Measured> {
  const workload = onePackage(await readFile(lockFile, "utf8"));
  const stack = await cluster.besides("packages", workload, { ...reloading, "knflow:runStore": "none" });
  await stack.up();
  const builds = await BuildPath.of(cluster, stack.namespace, "packages-picture", bench.progress);
  try {
    const update = await byUpdate(cluster, stack, "packages", "picture", picture);
    const before = () => cluster.asleep(stack.namespace, ["packages-picture", builds.service], 1);
    const [updates = [], built = []] = await alternate(bench.rounds(6), [update.edit, () => builds.edit()], {
      before,
      beforeEach: true,
      told: showRounds(bench),
    });
    return {
      comparisons: [
        {
          name: "edit to live, pulumi up / a build that installs packages",
          unit: "s",
          subject: { name: "pulumi up", values: updates },
          baseline: { name: "build that installs packages", values: built },
          goal: { atMost: 0.1 },
        },
      ],
    };
  } finally {
    await builds.close();
    await stack.letSleep();
  }
}

async function byUpdate(
  cluster: BenchCluster,
  stack: BenchStack,
  workflow: string,
  fn: string,
  code: (version: number) => string,
) {
  const host = await cluster.hostOf(stack.namespace, `${workflow}-${fn}`);
  const ends: number[] = [];
  const edit = () =>
    editToReply(cluster, host, async (version) => {
      const begun = performance.now();
      await stack.writeFile(`${workflow}/${fn}/main.py`, code(version));
      await stack.up();
      ends.push((performance.now() - begun) / 1000);
    });
  return { edit, ends };
}
