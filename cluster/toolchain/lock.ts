import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Holds a lock file while the work runs. flock(1) holds the lock as long as its standard input is open, so it dies
 * with this process, however that ends.
 *
 * @param waiting called once when somebody else holds the lock
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
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
  const told = setTimeout(waiting, 500);
  try {
    await Promise.race([once(holder.stdout, "data"), ended]);
  } finally {
    clearTimeout(told);
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    holder.removeAllListeners("exit");
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
  }
}
