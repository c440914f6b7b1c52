import { setTimeout } from "node:timers/promises";
import { UserError } from "../../console/errors.ts";
import type { Kubectl } from "../kubectl.ts";

/** A line that a function or an executor wrote. */
export interface LoggedLine {
  /** `<workflow>` or `<workflow>/<function>` */
  readonly from: string;
  readonly text: string;
}

/** How much of the logs is wanted. */
export interface LogRange {
  /** How many of the last lines of each Pod; -1: all. */
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

/**
 * The lines of all Pods that there are, the oldest first as far as they tell their time.
 *
 * @returns also why Pods could not be read, once for each reason
 * @throws UserError where Pods cannot be listed
 */
export async function readPodLogs(
  kubectl: Kubectl,
  selector: string,
  range: LogRange,
): Promise<{ lines: LoggedLine[]; problems: string[] }> {
  const listed = await kubectl.run(["get", "pods", "-l", selector, "--no-headers", "-o", columns]);
  const pods = listed.split("\n").flatMap((row) => podOf(row) ?? []);
  const problems = new Set<string>();
  const logs = await Promise.all(
    pods.map(async ({ name, from }) => {
      const log = await kubectl.run(["logs", name, ...container, ...flagsOf(range)]).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        if (!hasNoLog(error)) problems.add(error.message);
        return "";
      });
      let time = "";
      // What does not tell its time was written right after the line before it.
      return linesOf(log).map((text) => ({ from, text, time: (time = timeOf(text) ?? time) }));
    }),
  );
  const lines = logs.flat().sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
  return { lines, problems: [...problems] };
}

/**
 * Gives the lines of all Pods as they come, those of Pods that start meanwhile too, until the process is ended.
 *
 * @throws UserError with what kubectl says, where Pods or a log cannot be read
 */
export async function followPodLogs(
  kubectl: Kubectl,
  selector: string,
  range: LogRange,
  write: (line: LoggedLine) => void,
): Promise<never> {
  /** Pods whose log is read, and since when those were not read whose log broke off. */
  const read = new Map<string, "reading" | Date>();
  const ending = new AbortController();
  const failed = Promise.withResolvers<never>();

  const follow = async ({ name, from }: Pod) => {
    const before = read.get(name);
    if (before === "reading") return;
    read.set(name, "reading");
    const since = before === undefined ? flagsOf(range) : [`--since-time=${before.toISOString()}`];
    let lines = 0;
    try {
      for await (const text of kubectl.lines(["logs", "--follow", name, ...container, ...since], ending.signal)) {
        lines++;
        write({ from, text });
      }
    } catch (error) {
      // A log that breaks off goes on with the Pod's next change.
      if (!(error instanceof UserError) || (lines === 0 && !hasNoLog(error))) throw error;
    }
    // A container that has not started yet has no log: the Pod's next change is another occasion.
    if (lines > 0 || before !== undefined) read.set(name, new Date());
    else read.delete(name);
  };

  const watch = async () => {
    const pods = ["get", "pods", "-l", selector, "--no-headers", "-o", columns, "--watch"];
    while (!ending.signal.aborted) {
      for await (const row of kubectl.lines(pods, ending.signal)) {
        const pod = podOf(row);
        if (pod !== undefined) follow(pod).catch(failed.reject);
      }
      // API servers end a watch after a while; the next one begins with all Pods that there are.
      await setTimeout(watchPauseMilliseconds, undefined, { signal: ending.signal });
    }
  };
  watch().catch(failed.reject);
  try {
    return await failed.promise;
  } finally {
    ending.abort();
  }
}

/** Between two watches, should the API server end each at once. */
const watchPauseMilliseconds = 1000;

/** Whether kubectl says that a Pod has no log yet (its container waits to start), or is not there any more. */
function hasNoLog({ message }: UserError): boolean {
  return /Error from server \((BadRequest|NotFound)\)/.test(message);
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
