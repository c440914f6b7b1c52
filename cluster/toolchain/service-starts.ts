import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { rmSync } from "node:fs";
import { execa } from "execa";

/** Where Debian asks whether a service may be started, and where packages put their units. */
const hostPaths = { policy: "/usr/sbin/policy-rc.d", units: "/usr/lib/systemd/system" };

/**
 * Installs packages without the services that they bring. A Debian package starts its service at once and at each boot:
 * nginx would take the host's port 80 and docker-registry its 5000, of which the node needs the programs alone. A policy
 * that the machine has stays as it is.
 */
export async function withoutServiceStarts<T>(install: () => Promise<T>, paths = hostPaths): Promise<T> {
  const removePolicy = await placePolicy(paths.policy);
  const before = new Set(await unitsIn(paths.units));
  try {
    return await install();
  } finally {
    removePolicy();
    const added = (await unitsIn(paths.units)).filter((unit) => !before.has(unit));
    // Where there is no systemctl nothing starts them.
    if (added.length > 0) await execa("systemctl", ["disable", ...added], { reject: false });
  }
}

const ours = "# knflow's, while it installs packages";

/** Forbids the start of services; what it gives takes that back, which the end of this process does as well. */
async function placePolicy(file: string): Promise<() => void> {
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present !== undefined && !present.includes(ours)) return () => undefined;
  const remove = () => rmSync(file, { force: true });
  process.once("exit", remove);
  // One that a killed process left forbids nothing.
  const script = `#!/bin/sh\n${ours}\n[ -d /proc/${process.pid} ] && exit 101\nexit 0\n`;
  await rm(file, { force: true });
  await writeFile(file, script, { mode: 0o755 });
  return () => {
    process.removeListener("exit", remove);
    remove();
  };
}

async function unitsIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.filter((file) => /\.(service|socket|timer|path)$/.test(file) && !file.includes("@"));
}
