import { alternate, milliseconds } from "../alternate.ts";
import type { Bench, Case } from "../case.ts";

const names = ["first", "second", "third"];

/** B7: what a workflow adds to the calls that it makes. */
export const warmWorkflow: Case = {
  id: "B7",
  title: "a warm workflow of three steps, and a client that calls the same functions",
  includes:
    "All pods are there. The client sends one request to the workflow, whose executor calls three functions in turn and writes the run " +
    "down in the run store; or it calls the same three functions itself, in turn, each with the reply of the one before, over connections " +
    "that are open already. A workflow is one request more on the way through gateway and activator, so the client's time for four calls is " +
    "measured too.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const workflow = await cluster.hostOf(namespace, "three");
    const functions = await Promise.all(names.map((name) => cluster.hostOf(namespace, `three-${name}`)));
    const another = await cluster.hostOf(namespace, "single-python");
    const byClient = async (hosts: readonly string[]) => {
      let value: unknown = { value: 1 };
      for (const host of hosts) value = JSON.parse(await cluster.call(host, value));
    };
    const [workflows = [], clients = [], four = []] = await alternate(
      bench.rounds(200),
      [
        () => milliseconds(() => cluster.call(workflow, { value: 1 })),
        () => milliseconds(() => byClient(functions)),
        () => milliseconds(() => byClient([...functions, another])),
      ],
      { warmUp: 20 },
    );
    return {
      comparisons: [
        {
          name: "warm workflow of 3 steps / client in turn",
          unit: "ms",
          subject: { name: "workflow", values: workflows },
          baseline: { name: "client", values: clients },
          goal: { atMost: 1.15 },
        },
        {
          name: "warm workflow of 3 steps / client that calls four in turn",
          unit: "ms",
          subject: { name: "workflow", values: workflows },
          baseline: { name: "client, four calls", values: four },
        },
      ],
      figures: [
        {
          name: "what a workflow adds a step",
          unit: "ms",
          values: workflows.map((value, round) => (value - (clients[round] ?? 0)) / names.length),
          goal: { atMost: 5 },
        },
      ],
    };
  },
};
