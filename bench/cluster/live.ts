import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../../console/errors.ts";
import type { BenchCluster } from "./bench-cluster.ts";

/**
 * Milliseconds between two looks: an edit is seen to be live this much late at most, whoever brought it. On two processors, looks every
 * 20 ms cost what is being measured a second or more.
 */
const between = 100;
/** Milliseconds within which an edit has to be live. */
const patience = 120_000;

let last = 0;

/** A version that no code had before. */
export function nextVersion(): number {
  last = Math.max(last + 1, Date.now());
  return last;
}

/**
 * Wakes a function, brings code of a version that no code had before, and calls it meanwhile until that code answers.
 *
 * @returns seconds from the edit to its first reply, once all that brings it has ended
 */
export async function editToReply(
  cluster: BenchCluster,
  host: string,
  bring: (version: number) => Promise<unknown>,
): Promise<number> {
  await cluster.awake(host);
  const version = nextVersion();
  const [live] = await Promise.all([untilLive(cluster, host, version), bring(version)]);
  return live;
}

/** Calls a function until the code of a version answers. @returns seconds from now */
async function untilLive(cluster: BenchCluster, host: string, version: number): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const reply = JSON.parse(await cluster.call(host, {})) as { version: number };
    if (reply.version === version) return (performance.now() - begun) / 1000;
    if (performance.now() - begun > patience)
      throw new UserError(`${host}: the edit is not live after ${patience / 1000} s`);
    await pause(between);
  }
}
