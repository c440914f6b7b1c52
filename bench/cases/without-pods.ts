import { seconds } from "../alternate.ts";
import type { Bench, Case } from "../case.ts";
import { nextVersion } from "../cluster/live.ts";
import { measuredUp, objectCount, stateSize } from "../cluster/stack-facts.ts";
import { echo, manyFunctions, noPods } from "../cluster/workloads.ts";
import { memoryByName } from "../process-memory.ts";
import type { Figure } from "../results.ts";

const counts = [100, 300];
/** What keeps or works on all objects, as its processes are called, and as people call it. */
const keepers = {
  etcd: "etcd",
  "kube-apiserver": "API server",
  "kube-controller": "Kubernetes' controllers",
  controller: "Knative's controller",
  autoscaler: "Knative's autoscaler",
  activator: "Knative's activator",
  kourier: "Kourier's controller",
  envoy: "the gateway",
};

/** G5: how a stack, and what all stacks share, grow with functions that have no pod. */
export const withoutPods: Case = {
  id: "G5",
  title: `${counts.join(" and ")} functions without pods in one stack`,
  includes:
    "One stack that grows, with `scale.initial: 0`: a function is the objects that Knative makes of it, and no pod. Time of the update that adds " +
    "functions, of one with nothing to do, and of one after an edit of one function, the whole command each; the most memory that the first of these had; the memory of " +
    "what all stacks share, as it is then; and one cold start.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const figures: Figure[] = [];
    const add = (name: string, unit: string, values: readonly number[]) => figures.push({ name, unit, values });
    const stack = await cluster.besides("growing", manyFunctions(0), noPods);
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    await stack.up();
    let before = 0;
    for (const count of counts) {
      bench.step.note(`${count} functions`);
      await stack.write(manyFunctions(count));
      const grown = await measuredUp(stack);
      add(`pulumi up that adds ${count - before}, to ${count} functions`, "s", [grown.seconds]);
      add(`its memory, ${count} functions`, "MiB", [grown.memory]);
      add(`state, ${count} functions`, "KiB", [await stateSize(stack)]);
      add(`objects of the cluster, ${count} functions`, "", [await objectCount(cluster, stack)]);

      const [idle, edits]: [number[], number[]] = [[], []];
      for (let round = 0; round < bench.rounds(3); round += 1) {
        idle.push(await seconds(() => stack.up()));
        await stack.writeFile("many/f001/main.py", echo(nextVersion()));
        edits.push(await seconds(() => stack.up()));
      }
      add(`pulumi up with nothing to do, ${count} functions`, "s", idle);
      add(`pulumi up after an edit of one, ${count} functions`, "s", edits);
      const host = await cluster.hostOf(stack.namespace, "many-f001");
      add(`cold start, ${count} functions`, "s", [await seconds(() => cluster.call(host, { value: 1 }))]);
      for (const [name, mebibytes] of await memoryByName(await cluster.nodePid())) {
        const keeper = (keepers as Record<string, string | undefined>)[name];
        if (keeper !== undefined) add(`memory of ${keeper}, ${count} functions`, "MiB", [mebibytes]);
      }
      before = count;
    }
    await stack.write(manyFunctions(0));
    add(`pulumi up that removes ${before} functions`, "s", [await seconds(() => stack.up())]);
    return { figures };
  },
};
