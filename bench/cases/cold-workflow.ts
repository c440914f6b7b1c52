import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";

const services = ["three", "three-first", "three-second", "three-third", "single-python"];

/** B9: whether a workflow's cold starts add up. */
export const coldWorkflow: Case = {
  id: "B9",
  title: "a cold workflow of three steps, and one cold function",
  includes:
    "From the request, with no pod there, to its reply. The workflow is four pods: its executor and three functions, which the executor wakes " +
    "when the run starts. On two processors their starts share what one start has for itself.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const [workflow, single] = [
      await cluster.hostOf(namespace, "three"),
      await cluster.hostOf(namespace, "single-python"),
    ];
    const [workflows = [], functions = []] = await alternate(
      bench.rounds(15),
      [
        () => seconds(() => cluster.call(workflow, { value: 1 })),
        () => seconds(() => cluster.call(single, { value: 1 })),
      ],
      {
        before: () => cluster.asleep(namespace, services),
        told: showRounds(bench),
      },
    );
    return {
      comparisons: [
        {
          name: "cold workflow of 3 steps / cold function",
          unit: "s",
          subject: { name: "workflow", values: workflows },
          baseline: { name: "function", values: functions },
          goal: { atMost: 1.3 },
        },
      ],
    };
  },
};
