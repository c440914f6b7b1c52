import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds between two looks. */
const interval = 50;

/** Does something, and tells the command lines of all processes of this machine that were seen meanwhile. */
export async function withArguments<T>(work: () => Promise<T>): Promise<{ result: T; seen: string }> {
  const seen = new Set<string>();
  const end = new AbortController();
  const looking = look(seen, end.signal);
  try {
    return { result: await work(), seen: [...seen].join("\n") };
  } finally {
    end.abort();
    await looking;
  }
}

async function look(seen: Set<string>, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const read = (id: string) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
    for (const line of await Promise.all(processes.map(read))) seen.add(line.replaceAll("\0", " "));
    await delay(interval);
  }
}
