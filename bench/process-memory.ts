import { execa } from "execa";

/** A process as `ps` lists it; memory in KiB. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly memory: number;
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
      const { stdout } = await execa("ps", ["-e", "-o", "pid=,ppid=,rss="]);
      peak = Math.max(peak, treeMemory(parseProcesses(stdout), pid));
    });
  }, interval);
  await work.finally(() => clearInterval(timer));
  await looking;
  return peak / 1024;
}

export function parseProcesses(listing: string): ListedProcess[] {
  return listing
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number])
    .map(([pid, parent, memory]) => ({ pid, parent, memory }));
}

/** The memory of a process and of all below it. */
export function treeMemory(processes: readonly ListedProcess[], root: number): number {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const own = processes.find(({ pid }) => pid === root)?.memory ?? 0;
  return (children.get(root) ?? []).reduce((sum, { pid }) => sum + treeMemory(processes, pid), own);
}
