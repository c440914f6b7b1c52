import { alternate, seconds } from "../alternate.ts";
import { showRounds, type Bench, type Case } from "../case.ts";
import type { BenchCluster } from "../cluster/bench-cluster.ts";
import { deployService, likeness, readService } from "../cluster/services.ts";
import { sizedCode } from "../cluster/workloads.ts";
import { bakedConfig, bakedFiles, bakedStart, compiledFiles } from "../images/baked.ts";

const sizes = { small: { name: "100 KB of code", goal: 1.03 }, large: { name: "10 MB of code", goal: 1.1 } } as const;

/** B2: what bringing the code costs on each cold start, against code that the image brings. */
export const coldStartBaked: Case = {
  id: "B2",
  title: "cold start with the code as a zip, and baked into the image",
  includes:
    "From the request, with no pod there, to its reply. Both run the same Python runtime and the same code: 10 modules of 10 KB that are " +
    "imported, for 10 MB with 99 files of 100 KB more. The baked image is the runtime's with one layer, which the node has already; its " +
    "modules are compiled beforehand, and neither the runtime's download nor its unpacking is loaded. The zip is downloaded from the file " +
    "server in the cluster, verified, unpacked and compiled at each start.",
  run: async (bench: Bench) => {
    const cluster = await bench.cluster();
    const { namespace } = await cluster.main();
    const pairs = [];
    for (const size of ["small", "large"] as const) pairs.push(await pairOf(cluster, namespace, size));
    const services = pairs.flatMap(({ services }) => services);
    const hosts = pairs.flatMap(({ hosts }) => hosts);
    const values = await alternate(
      bench.rounds(12),
      hosts.map((host) => () => seconds(() => cluster.call(host, {}))),
      {
        before: () => cluster.asleep(namespace, services),
        told: showRounds(bench),
      },
    );
    return {
      comparisons: Object.values(sizes).map(({ name, goal }, index) => ({
        name: `cold start with ${name}, zip / baked`,
        unit: "s",
        subject: { name: "zip", values: values[2 * index] ?? [] },
        baseline: { name: "baked", values: values[2 * index + 1] ?? [] },
        goal: { atMost: goal },
      })),
    };
  },
};

/** A function of the main stack, and the same with its code in the image. */
async function pairOf(cluster: BenchCluster, namespace: string, size: keyof typeof sizes) {
  const service = await readService(cluster, namespace, `sizes-${size}`);
  const [{ image }] = service.spec.template.spec.containers;
  const { registry } = cluster;
  const { main, files } = sizedCode(size);
  const content = await compiledFiles([await bakedStart(), ...bakedFiles({ ...files, "main.py": main })]);
  const baked = await registry.append(await registry.base(image), content, bakedConfig);
  const name = `sizes-${size}-baked`;
  const hosts = [
    await cluster.hostOf(namespace, `sizes-${size}`),
    await deployService(cluster, likeness(service, name, baked)),
  ];
  return { services: [`sizes-${size}`, name], hosts };
}
