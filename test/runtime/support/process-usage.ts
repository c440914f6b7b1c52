import { readFile } from "node:fs/promises";

/** Ticks of processor time a second, as Linux tells them in /proc on all its usual architectures. */
const ticksPerSecond = 100;

/** Processor time of all threads of a process so far: what something costs, however busy the machine is. */
export async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // User and system time: the 14th and 15th field; the name, which may hold spaces, is in brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The memory that a process has, in KiB. */
export async function residentKilobytes(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}
