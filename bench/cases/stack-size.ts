import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import type { BenchStack } from "../cluster/stack.ts";
import { nextVersion } from "../cluster/live.ts";
import { measuredUp, objectCount, stateSize } from "../cluster/stack-facts.ts";
import { echo, manyFunctions } from "../cluster/workloads.ts";
import type { Figure } from "../results.ts";

const counts = [1, 10, 100];
/** Without a run store: what is looked at is the functions. */
const settings = { "knflow:runStore": "none", "knflow:scale": { window: "6s" } };

/** G4: how updates grow with the functions of a stack. */
export const stackSize: Case = {
  id: "G4",
  title: "one, ten and a hundred functions in one stack",
  includes:
    "`pulumi up`, the whole command: of a stack that is not there yet, measured once; with nothing to do; and after an edit of one function. " +
    "Memory is the most that pulumi and all that it starts had at one time; what processes share counts for each. Objects are those of Knative Services and what Knative makes of them. Every function starts a " +
    "pod once, since that alone shows that its code loads.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const stacks: BenchStack[] = [];
    const figures: Figure[] = [];
    for (const count of counts) {
      const stack = await cluster.besides(`many-${count}`, manyFunctions(count), settings);
      await stack.pulumi("destroy", "--yes", "--skip-preview");
      bench.step.note(`making ${count} functions`);
      const made = await measuredUp(stack);
      figures.push({ name: `first pulumi up of ${count} functions`, unit: "s", values: [made.seconds] });
      figures.push({ name: `its memory, ${count} functions`, unit: "MiB", values: [made.memory] });
      figures.push({ name: `its state, ${count} functions`, unit: "KiB", values: [await stateSize(stack)] });
      figures.push({
        name: `objects of the cluster, ${count} functions`,
        unit: "",
        values: [await objectCount(cluster, stack)],
      });
      stacks.push(stack);
    }
    const ups = stacks.map((stack) => () => seconds(() => stack.up()));
    const edits = stacks.map((stack) => async () => {
      await stack.writeFile("many/f001/main.py", echo(nextVersion()));
      return seconds(() => stack.up());
    });
    const values = await alternate(bench.rounds(5), [...ups, ...edits], {
      warmUp: 0,
      told: showRounds(bench),
    });
    for (const [index, what] of ["with nothing to do", "after an edit of one"].entries()) {
      counts.forEach((count, size) => {
        const measured = values[index * counts.length + size] ?? [];
        figures.push({ name: `pulumi up ${what}, ${count} functions`, unit: "s", values: measured });
      });
    }
    return { figures };
  },
};
