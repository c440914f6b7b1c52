import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes a Pulumi home of knflow's own. Pulumi writes a debug log of every update to its `logs` folder, packed and encrypted, which
 * took half of the engine's time and hundreds of megabytes, and no variable turns that off. With a file in the folder's place Pulumi goes on
 * without that log (`StartLogging` in pulumi/pkg/logging); `pulumi up --logtostderr -v=9` shows the same where it is wanted.
 */
export async function makePulumiHome(home: string): Promise<void> {
  const logs = join(home, "logs");
  const found = await stat(logs).catch(() => undefined);
  if (found?.isFile()) return;
  await rm(logs, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await writeFile(logs, "");
}
