import { createInterface } from "node:readline";
import type { Kubectl } from "../kubectl.ts";

/** A line that a function or an executor wrote. */
export interface LoggedLine {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly from: string;
  readonly text: string;
}

/** How much of the logs is wanted. */
export interface LogRange {
  /** How many of the last lines of each Pod. */
  readonly tail: number;
  /** No older than this, such as `10m`. */
  readonly since: string | undefined;
}

interface Pod {
  readonly name: string;
  readonly from: string;
}

const container = ["-c", "user-container"];
const workflowLabel = String.raw`.metadata.labels.knflow\.dev/workflow`;
const functionLabel = String.raw`.metadata.labels.knflow\.dev/function`;
const columns = `custom-columns=NAME:.metadata.name,WORKFLOW:${workflowLabel},FUNCTION:${functionLabel}`;

/** The lines of all Pods that there are, the oldest first as far as they tell their time. */
export async function readPodLogs(kubectl: Kubectl, selector: string, range: LogRange): Promise<LoggedLine[]> {
  const listed = await kubectl.run(["get", "pods", "-l", selector, "--no-headers", "-o", columns]);
  const pods = listed.split("\n").flatMap((row) => podOf(row) ?? []);
  const logs = await Promise.all(
    pods.map(async ({ name, from }) => {
      const { stdout } = await kubectl.start(["logs", name, ...container, ...flagsOf(range)]);
      let time = "";
      // What does not tell its time was written right after the line before it.
      return linesOf(stdout).map((text) => ({ from, text, time: (time = timeOf(text) ?? time) }));
    }),
  );
  return logs.flat().sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
}

/** Gives the lines of all Pods as they come, those of Pods that start meanwhile too, until the process is ended. */
export async function followPodLogs(
  kubectl: Kubectl,
  selector: string,
  range: LogRange,
  write: (line: LoggedLine) => void,
): Promise<void> {
  /** Pods whose log is read, and since when those were not read whose log broke off. */
  const read = new Map<string, "reading" | Date>();

  const follow = async ({ name, from }: Pod) => {
    const before = read.get(name);
    if (before === "reading") return;
    read.set(name, "reading");
    const since = before === undefined ? flagsOf(range) : [`--since-time=${before.toISOString()}`];
    const child = kubectl.start(["logs", "--follow", name, ...container, ...since]);
    let some = before !== undefined;
    for await (const text of createInterface({ input: child.stdout })) {
      some = true;
      write({ from, text });
    }
    await child;
    // A container that has not started yet has no log: the Pod's next change is another occasion.
    if (some) read.set(name, new Date());
    else read.delete(name);
  };

  const watch = kubectl.start(["get", "pods", "-l", selector, "--no-headers", "-o", columns, "--watch"]);
  const open = new Set<Promise<void>>();
  for await (const row of createInterface({ input: watch.stdout })) {
    const pod = podOf(row);
    if (pod === undefined) continue;
    const following = follow(pod).finally(() => open.delete(following));
    open.add(following);
  }
  await watch;
  await Promise.all(open);
}

function podOf(row: string): Pod | undefined {
  const [name, workflow, fn] = row.trim().split(/\s+/);
  if (name === undefined || name === "" || workflow === undefined) return undefined;
  return { name, from: fn === undefined || fn === "<none>" ? workflow : `${workflow}/${fn}` };
}

function flagsOf({ tail, since }: LogRange): string[] {
  return [`--tail=${tail}`, ...(since === undefined ? [] : [`--since=${since}`])];
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** When a line was written, in ISO 8601; undefined where it does not say. */
function timeOf(text: string): string | undefined {
  return /^\{"ts":"([^"]+)"/.exec(text)?.[1];
}
