import { readFileSync } from "node:fs";
import type { Layout } from "./layout.ts";

/** The node's first process as the host sees it. */
export interface NodeProcess {
  readonly pid: number;
  /** clock ticks since the host's boot; with the pid it names a process for good */
  readonly started: number;
}

/** The node's first process, or undefined where none runs. A record of an earlier boot or process is not believed. */
export function nodeProcess(layout: Layout): NodeProcess | undefined {
  let record: string;
  try {
    record = readFileSync(layout.nodeProcess, "utf8");
  } catch {
    return undefined;
  }
  const [pid, started, boot] = record.trim().split(" ");
  if (boot !== readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) return undefined;
  return startOf(Number(pid)) === Number(started) ? { pid: Number(pid), started: Number(started) } : undefined;
}

/** When a process started, in clock ticks since boot; undefined where it has ended, dead but unreaped ones included. */
export function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}
