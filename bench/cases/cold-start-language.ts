import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import { deployService, likeness, readService } from "../cluster/services.ts";
import { helloImage } from "../images/hello.ts";

/** B3: what a runtime adds to a cold start, against a server that needs hardly any time to start. */
export const coldStartLanguage: Case = {
  id: "B3",
  title: "cold start of the runtimes, and of a minimal Go server",
  includes:
    "From the request, with no pod there, to its reply. The Go server is one static file of some 5 MB on an empty image, with the same " +
    "resources, probe and scale; it gives back the body. The functions do the same in a few lines, which come as a zip.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const python = await readService(cluster, namespace, "single-python");
    const go = await deployService(cluster, likeness(python, "single-go", await helloImage(cluster.registry)));
    const hosts = [
      await cluster.hostOf(namespace, "single-python"),
      await cluster.hostOf(namespace, "single-node"),
      go,
    ];
    const [pythons = [], nodes = [], gos = []] = await alternate(
      bench.rounds(12),
      hosts.map((host) => () => seconds(() => cluster.call(host, { a: 1 }))),
      {
        before: () => cluster.asleep(namespace, ["single-python", "single-node", "single-go"]),
        told: showRounds(bench),
      },
    );
    const side = (name: string, values: number[], goal?: number) => ({
      name: `cold start, ${name} / Go`,
      unit: "s",
      subject: { name, values },
      baseline: { name: "Go", values: gos },
      ...(goal === undefined ? {} : { goal: { atMost: goal } }),
    });
    return { comparisons: [side("Python", pythons, 1.15), side("Node.js", nodes)] };
  },
};
