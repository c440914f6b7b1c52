import { readdir, readFile } from "node:fs/promises";

/**
 * Kills a process and all that came of it. Pulumi gives its plugins and the program process groups of their own, which go on
 * for a while.
 */
export async function killTree(root: number): Promise<void> {
  const parents = await parentsByProcess();
  const isOfTree = (id: number): boolean => id === root || (parents.has(id) && isOfTree(parents.get(id) ?? 0));
  for (const id of [...parents.keys()].filter(isOfTree)) {
    try {
      process.kill(id, "SIGKILL");
    } catch (error) {
      // It ended by itself.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

async function parentsByProcess(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
    const parent = /^PPid:\s+(\d+)$/m.exec(status)?.[1];
    if (parent !== undefined) parents.set(Number(id), Number(parent));
  }
  return parents;
}
