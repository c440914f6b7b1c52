import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";

const ofWorkflow = ["three", "three-first", "three-second", "three-third"];
/** As many pods as the workflow has: an executor is a Node.js process too. */
const others = ["single-python", "single-node", "fan-branch", "sizes-small"];

/** B9: whether a workflow's cold starts add up. */
export const coldWorkflow: Case = {
  id: "B9",
  title: "a cold workflow of three steps, and one cold function",
  includes:
    "From the request, with no pod there, to its reply. The workflow is four pods: its executor and three functions, which the executor wakes " +
    "when the run starts. On few processors their starts share what one start has for itself: how long as many pods take that have nothing " +
    "to do with each other is measured beside it, three Python functions and one in Node.js, called at once until all have replied.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const workflow = await cluster.hostOf(namespace, "three");
    const hosts = await Promise.all(others.map((service) => cluster.hostOf(namespace, service)));
    const cold = (host: string) => cluster.call(host, { value: 1, milliseconds: 0 });
    const [workflows = [], functions = [], together = []] = await alternate(
      bench.rounds(6),
      [
        () => seconds(() => cold(workflow)),
        () => seconds(() => cold(hosts[0] ?? "")),
        () => seconds(() => Promise.all(hosts.map(cold))),
      ],
      // All sides use some of the same pods, so each of them begins with none.
      {
        before: () => cluster.asleep(namespace, [...ofWorkflow, ...others]),
        beforeEach: true,
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
        {
          name: "cold workflow of 3 steps / four cold functions at once",
          unit: "s",
          subject: { name: "workflow", values: workflows },
          baseline: { name: "four functions at once", values: together },
        },
      ],
    };
  },
};
