import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { versions } from "../cluster/versions.ts";
import type { MachineFacts } from "./results.ts";

/** What is known of the machine that this runs on. */
export async function machineFacts(): Promise<MachineFacts> {
  const { stdout: python } = await execa("python3", ["--version"], { reject: false });
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${distribution(readFileSync("/etc/os-release", "utf8"))}, Linux ${release()}`,
    versions: {
      Node: process.version.slice(1),
      Python: python?.replace("Python ", "") || "none",
      Pulumi: versions.pulumi,
      Kubernetes: versions.kubernetes,
    },
  };
}

/** The name that os-release gives. */
export function distribution(osRelease: string): string {
  return /^PRETTY_NAME="?(.*?)"?$/m.exec(osRelease)?.[1] ?? "Linux";
}

/** Processor time since the machine started, in ticks: all of it, what was idle, and what a hypervisor gave to others. */
export interface ProcessorTime {
  readonly all: number;
  readonly idle: number;
  readonly stolen: number;
}

export function processorTime(stat = readFileSync("/proc/stat", "utf8")): ProcessorTime {
  // user nice system idle iowait irq softirq steal; guest time after that is part of user time.
  const ticks = (/^cpu +([\d ]+)$/m.exec(stat)?.[1] ?? "").split(" ").slice(0, 8).map(Number);
  const all = ticks.reduce((sum, one) => sum + one, 0);
  return { all, idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), stolen: ticks[7] ?? 0 };
}

/** The share of the time in between that was given to others. */
export function stolenShare(before: ProcessorTime, after: ProcessorTime): number {
  return after.all === before.all ? 0 : (after.stolen - before.stolen) / (after.all - before.all);
}

/** The share of some seconds, just now, in which processors were not idle: what else the machine does while nothing is measured. */
export async function busyShare(seconds = 3): Promise<number> {
  const before = processorTime();
  await pause(seconds * 1000);
  const after = processorTime();
  return workedShare(before, after);
}

/** The share of the time in between in which processors were not idle. */
export function workedShare(before: ProcessorTime, after: ProcessorTime): number {
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}
