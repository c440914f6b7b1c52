import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import { kind, manifestOf, type ServiceObject } from "../cluster/services.ts";
import { manyFunctions } from "../cluster/workloads.ts";

/** B5: what Pulumi costs where much has to be made, against kubectl. */
export const firstDeployment: Case = {
  id: "B5",
  title: "pulumi up of ten functions, and kubectl apply of the same objects",
  includes:
    "From the command to all eleven Knative Services being ready, ten functions and their workflow, which are not there before. `pulumi up` " +
    "also packs and pushes the code; file server and run store are there. kubectl applies the very objects that Pulumi has made, by other names, on the " +
    "server's side, in one command, and waits for all of them in another one; their code is on the volume. The start of the engine, put " +
    "aside, is an update of the same round that has nothing to do, with no function in the stack.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const stack = await cluster.besides("ten", manyFunctions(10), { "knflow:scale": { window: "6s" } });
    const { namespace } = stack;
    await stack.up();
    const own = ["-l", "knflow.dev/workflow=many", "-o", "json"];
    const { items } = JSON.parse(await cluster.kubectl("-n", namespace, "get", kind, ...own)) as {
      items: ServiceObject[];
    };
    // The workflow stays, without its functions.
    const names = items.map(({ metadata }) => metadata.name).filter((name) => name !== "many");
    const others = items.map((service) => renamed(manifestOf(service)));
    const otherNames = others.map(({ metadata }) => metadata.name);
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: others });
    const starts: number[] = [];
    const byPulumi = async () => {
      await stack.write(manyFunctions(10));
      const taken = await seconds(() => stack.up());
      await stack.write(manyFunctions(0));
      await stack.up();
      await cluster.asleep(namespace, names);
      starts.push(await seconds(() => stack.up()));
      return taken;
    };
    const byKubectl = async () => {
      const taken = await seconds(async () => {
        await cluster.kubectlWith(list, "apply", "--server-side", "-f", "-");
        const wait = ["wait", kind, ...otherNames, "--for=condition=Ready", "--timeout=180s"];
        await cluster.kubectl("-n", namespace, ...wait);
      });
      await cluster.kubectl("-n", namespace, "delete", kind, ...otherNames);
      await cluster.asleep(namespace, otherNames);
      return taken;
    };
    await stack.write(manyFunctions(0));
    await stack.up();
    await cluster.asleep(namespace, names);
    const [pulumi = [], kubectl = []] = await alternate(bench.rounds(5), [byPulumi, byKubectl], {
      warmUp: 0,
      told: showRounds(bench),
    });
    const baseline = { name: "kubectl apply and wait", values: kubectl };
    return {
      comparisons: [
        {
          name: "10 functions, pulumi up without its start / kubectl apply and wait",
          unit: "s",
          subject: {
            name: "pulumi up, its start put aside",
            values: pulumi.map((one, round) => one - (starts[round] ?? 0)),
          },
          baseline,
          goal: { atMost: 1.25 },
        },
        {
          name: "10 functions, pulumi up / kubectl apply and wait",
          unit: "s",
          subject: { name: "pulumi up", values: pulumi },
          baseline,
        },
      ],
      figures: [{ name: "pulumi up with nothing to do, no function", unit: "s", values: starts }],
    };
  },
};

/** The same object under a name that Pulumi does not know. */
function renamed<T extends ServiceObject>(service: T): T {
  return { ...service, metadata: { ...service.metadata, name: service.metadata.name.replace("many", "same") } };
}
