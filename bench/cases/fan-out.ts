import { alternate, milliseconds } from "../alternate.ts";
import type { Bench, Case } from "../case.ts";

/** Milliseconds that the branches wait, the slowest last. */
const waits = [30, 40, 50, 60, 70, 80, 90, 100];

/** B8: whether branches run beside each other. */
export const fanOut: Case = {
  id: "B8",
  title: "a fan-out of eight, and its slowest branch alone",
  includes:
    "All pods are there. The workflow calls one function eight times at once; the branches wait for 30 to 100 ms, as for another service, and " +
    "use no processor. The baseline is a client's call of that function for 100 ms.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const [workflow, branch] = [await cluster.hostOf(namespace, "fan"), await cluster.hostOf(namespace, "fan-branch")];
    const [all = [], slowest = []] = await alternate(
      bench.rounds(100),
      [
        () => milliseconds(() => cluster.call(workflow, { waits })),
        () => milliseconds(() => cluster.call(branch, { milliseconds: waits.at(-1) })),
      ],
      { warmUp: 10 },
    );
    return {
      comparisons: [
        {
          name: "fan-out of 8 / its slowest branch",
          unit: "ms",
          subject: { name: "fan-out of 8", values: all },
          baseline: { name: "slowest branch", values: slowest },
          goal: { atMost: 1.25 },
        },
      ],
    };
  },
};
