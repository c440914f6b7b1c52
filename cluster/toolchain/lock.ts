import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** Gives a lock back. */
export type Release = () => void | Promise<void>;

/**
 * Holds a lock file while the work runs; the lock ends with this process, however that ends.
 *
 * @param waiting called once when somebody else holds the lock
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const told = setTimeout(waiting, 500);
  let release: Release;
  try {
    release = await lock(file);
  } finally {
    clearTimeout(told);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

async function lock(file: string): Promise<Release> {
  try {
    return await flock(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // macOS has no flock(1).
    return (await import("./sqlite-lock.ts")).sqliteLock(file);
  }
}

/** flock(1) holds the lock as long as its standard input is open, so it dies with this process. */
async function flock(file: string): Promise<Release> {
  const holder = spawn("flock", ["--exclusive", file, "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
    // Ctrl-C on a terminal goes to its whole process group; the lock has to last until the work has cleaned up.
    detached: true,
  });
  const ended = new Promise<never>((_resolve, reject) => {
    holder.once("error", reject);
    holder.once("exit", (code, signal) => reject(new Error(`flock ended with ${code ?? signal} on ${file}`)));
  });
  // Only awaited until the lock is held; its end afterwards is ours.
  ended.catch(() => undefined);
  await Promise.race([once(holder.stdout, "data"), ended]);
  return async () => {
    holder.stdin.end();
    holder.removeAllListeners("exit");
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
  };
}
