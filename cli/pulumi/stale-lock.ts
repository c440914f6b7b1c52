import { hostname } from "node:os";

/** A lock of a stack as pulumi tells it: `file:///state/.pulumi/locks/...: created by root@host (pid 42) at ...`. */
const lock = /(\S+): created by \S*@(\S+) \(pid (\d+)\)/g;

/**
 * Whether a stack is locked, and every lock on it is that of a process of this machine that has ended: killed, or gone with a
 * reboot. Nobody else would ever take such a lock away.
 *
 * Only locks in a folder of this machine count: in a backend that machines and containers share, another one may have this host
 * name, and its processes are not seen from here.
 *
 * @param said what pulumi said where it refused
 */
export function isStaleLock(said: string, host = hostname(), runs = isRunning): boolean {
  const locks = [...said.matchAll(lock)];
  return (
    locks.length > 0 &&
    locks.every(([, at, lockedOn, pid]) => at?.startsWith("file://") && lockedOn === host && !runs(Number(pid)))
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of another user's is there too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
