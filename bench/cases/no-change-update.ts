import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import { emptyProgram } from "../cluster/empty-program.ts";
import { threeFunctions } from "../cluster/workloads.ts";

/** G1: what an update costs that has nothing to do. */
export const noChangeUpdate: Case = {
  id: "G1",
  title: "pulumi up with nothing to do, and of an empty program",
  includes:
    "The whole command, `pulumi up --yes --skip-preview`, by the same engine and the same Node, state in files. knflow: three functions and " +
    "their workflow on a platform that is there; the same with Knative and the benchmark's other functions. The other program is one empty " +
    "file, without any provider.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const main = await cluster.main();
    const stack = await cluster.besides("edit", threeFunctions());
    await stack.up();
    const empty = await emptyProgram(cluster);
    const [threes = [], wholes = [], nothing = []] = await alternate(
      bench.rounds(9),
      [() => seconds(() => stack.up()), () => seconds(() => main.up()), () => seconds(empty)],
      {
        told: showRounds(bench),
      },
    );
    const baseline = { name: "empty program", values: nothing };
    return {
      comparisons: [
        {
          name: "pulumi up with nothing to do, 3 functions / empty program",
          unit: "s",
          subject: { name: "3 functions", values: threes },
          baseline,
          goal: { atMost: 2 },
        },
        {
          name: "pulumi up with nothing to do, with the platform / empty program",
          unit: "s",
          subject: { name: "with the platform", values: wholes },
          baseline,
        },
      ],
    };
  },
};
