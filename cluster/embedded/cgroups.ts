import { existsSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { names } from "./constants.ts";
import { waitUntil } from "./wait.ts";

const root = "/sys/fs/cgroup";

/** The instance's cgroups as they are now: one in each hierarchy of version 1, or the one of version 2. */
export async function cgroupsOf(instance: string): Promise<string[]> {
  const own = names.cgroup(instance);
  const hierarchies = await readdir(root).catch(() => []);
  return [own, ...hierarchies.map((hierarchy) => join(hierarchy, own))]
    .map((path) => join(root, path))
    .filter((path) => existsSync(path));
}

/** Removes the instance's cgroups, whose processes have ended; the kernel may take a moment to see that. */
export async function removeCgroups(instance: string): Promise<void> {
  for (const cgroup of new Set(await cgroupsOf(instance)))
    await waitUntil(`the removal of ${cgroup}`, 10_000, async () => ((await removed(cgroup)) ? true : undefined));
}

async function removed(cgroup: string): Promise<boolean> {
  let entries;
  try {
    entries = await readdir(cgroup, { withFileTypes: true });
  } catch {
    return true;
  }
  for (const entry of entries) if (entry.isDirectory()) await removed(join(cgroup, entry.name));
  return rmdir(cgroup).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}
