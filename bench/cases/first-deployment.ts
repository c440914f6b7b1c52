import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import { manifestOf, type ServiceObject } from "../cluster/services.ts";
import { manyFunctions } from "../cluster/workloads.ts";

const kind = "services.serving.knative.dev";
const ofWorkflow = ["-l", "knflow.dev/workflow"];

/** B5: what Pulumi costs where much has to be made, against kubectl. */
export const firstDeployment: Case = {
  id: "B5",
  title: "pulumi up of ten functions, and kubectl apply of the same objects",
  includes:
    "From the command to all eleven Knative Services being ready, ten functions and their workflow, which are not there before. `pulumi up` " +
    "also packs and pushes the code; file server and run store are there. kubectl applies the very objects that Pulumi has made, on the " +
    "server's side, in one command, and waits for all of them in another one; their code is on the volume. The start of the engine, put " +
    "aside, is an update of the same round that has nothing to do, with no function in the stack.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const stack = await cluster.besides("ten", manyFunctions(10));
    const { namespace } = stack;
    await stack.up();
    const list = JSON.parse(await cluster.kubectl("-n", namespace, "get", kind, ...ofWorkflow, "-o", "json")) as {
      items: ServiceObject[];
    };
    const objects = JSON.stringify({ apiVersion: "v1", kind: "List", items: list.items.map(manifestOf) });
    const gone = () => cluster.kubectl("-n", namespace, "wait", "pod", ...ofWorkflow, "--for=delete", "--timeout=180s");
    const starts: number[] = [];
    const byPulumi = async () => {
      await stack.write(manyFunctions(10));
      const taken = await seconds(() => stack.up());
      await stack.write(manyFunctions(0));
      await stack.up();
      starts.push(await seconds(() => stack.up()));
      await cluster.kubectl("-n", namespace, "delete", "pod", ...ofWorkflow, "--force", "--grace-period=0");
      await gone();
      return taken;
    };
    const byKubectl = async () => {
      await cluster.kubectl("-n", namespace, "delete", kind, "many", "--ignore-not-found");
      const taken = await seconds(async () => {
        await cluster.kubectlWith(objects, "apply", "--server-side", "--force-conflicts", "-f", "-");
        await cluster.kubectl("-n", namespace, "wait", kind, ...ofWorkflow, "--for=condition=Ready", "--timeout=180s");
      });
      await cluster.kubectl("-n", namespace, "delete", kind, ...ofWorkflow);
      await cluster.kubectl("-n", namespace, "delete", "pod", ...ofWorkflow, "--force", "--grace-period=0");
      await gone();
      return taken;
    };
    await stack.write(manyFunctions(0));
    await stack.up();
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
