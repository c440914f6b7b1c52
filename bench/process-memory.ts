import { execa } from "execa";

/** A process as `ps` lists it; memory in KiB. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly memory: number;
  /** As the kernel has it: its first 15 characters. */
  readonly name: string;
}

/** Milliseconds between two looks. */
const interval = 250;

/**
 * The most memory that a process and all that it started had at one time, in MiB, while some work ran. What processes share counts
 * for each of them.
 */
export async function peakMemory(pid: number, work: Promise<unknown>): Promise<number> {
  let peak = 0;
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(async () => {
      peak = Math.max(peak, treeMemory(await listProcesses(), pid));
    });
  }, interval);
  await work.finally(() => clearInterval(timer));
  await looking;
  return peak / 1024;
}

/** The memory that all below a process have, in MiB, by their names. */
export async function memoryByName(pid: number): Promise<Map<string, number>> {
  const below = descendants(await listProcesses(), pid);
  const byName = Map.groupBy(below, ({ name }) => name);
  return new Map([...byName].map(([name, of]) => [name, of.reduce((sum, { memory }) => sum + memory, 0) / 1024]));
}

async function listProcesses(): Promise<ListedProcess[]> {
  return parseProcesses((await execa("ps", ["-e", "-o", "pid=,ppid=,rss=,comm="])).stdout);
}

export function parseProcesses(listing: string): ListedProcess[] {
  return listing
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, memory, ...name]) => ({
      pid: Number(pid),
      parent: Number(parent),
      memory: Number(memory),
      name: name.join(" "),
    }));
}

/** The memory of a process and of all below it. */
export function treeMemory(processes: readonly ListedProcess[], root: number): number {
  const own = processes.filter(({ pid }) => pid === root);
  return [...own, ...descendants(processes, root)].reduce((sum, { memory }) => sum + memory, 0);
}

/** All that a process started, and what they started. */
export function descendants(processes: readonly ListedProcess[], root: number): ListedProcess[] {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const below = (pid: number): ListedProcess[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(root);
}
