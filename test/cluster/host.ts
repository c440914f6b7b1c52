import { readFile, readdir } from "node:fs/promises";
import { execa } from "execa";

/** What a cluster may leave behind on the host; other programs' comings and goings are left out. */
export interface HostState {
  readonly interfaces: string[];
  readonly mounts: string[];
  readonly rules: string[];
  readonly cgroups: string[];
  readonly processes: string[];
}

/** What of an instance is on the host now. */
export async function hostState(instance: string, index: number): Promise<HostState> {
  const links = await execa("ip", ["-brief", "link"]);
  const rules = await Promise.all(
    ["nat", "filter", "mangle"].map((table) => execa("iptables", ["-w", "-t", table, "-S"])),
  );
  // Where cgroups of instances are: a directory further down is another's, which may end while it is read.
  const cgroups = await execa("find", ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `knflow-${instance}*`]);
  return {
    interfaces: lines(links.stdout).filter((line) => new RegExp(`^knflow${index}\\b|^cni|^veth`).test(line)),
    mounts: lines(await readFile("/proc/self/mounts", "utf8")).filter((line) =>
      line.includes(`/clusters/${instance}/`),
    ),
    rules: rules
      .flatMap(({ stdout }) => lines(stdout))
      .filter((line) => /KUBE-|CNI-/.test(line) || line.includes(`knflow-cluster-${instance}`)),
    cgroups: lines(cgroups.stdout),
    processes: await processesOf(instance),
  };
}

/** Programs that were started with a path in the instance's folder. */
async function processesOf(instance: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return commands.filter((command) => command.includes(`/clusters/${instance}/`));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
