import { execa } from "execa";
import { join } from "node:path";
import { UserError } from "../console/errors.ts";

/** What a server made of a load. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
}

const script = join(import.meta.dirname, "servers", "post.lua");

/**
 * Sends POSTs of one body to a server on loopback, from some connections for some seconds, by wrk: a generator in C takes far less
 * of a processor than any server of an interpreted language, so the server is what is measured.
 *
 * @param url on 127.0.0.1
 * @param processor the one that wrk runs on, which the server does not
 * @throws UserError where a reply was not 200
 */
export async function load(
  url: string,
  { body, connections, seconds, processor }: { body: string; connections: number; seconds: number; processor: number },
): Promise<LoadResult> {
  if (new URL(url).hostname !== "127.0.0.1") throw new RangeError(`load goes to loopback alone, not to ${url}`);
  const wrk = ["wrk", "--threads", "1", "--connections", String(connections), "--duration", `${seconds}s`];
  const { stdout } = await execa("taskset", ["--cpu-list", String(processor), ...wrk, "--script", script, url], {
    env: { BENCH_BODY: body },
    timeout: (seconds + 30) * 1000,
  });
  const { requests, microseconds, failed } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
    requests: number;
    microseconds: number;
    failed: number;
  };
  if (failed > 0 || requests === 0) throw new UserError(`${failed} of ${requests} requests to ${url} failed`);
  return { requests, seconds: microseconds / 1e6 };
}
