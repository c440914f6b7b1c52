import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Platform } from "../platform/index.ts";

/**
 * Puts the platform's images into an instance's registry, be it running or not. What else is there stays.
 *
 * @param folder the registry's storage
 */
export async function provideRegistry(folder: string, platform: Platform): Promise<void> {
  const marker = join(folder, "platform");
  const there = await readFile(marker, "utf8").catch(() => "");
  if (there === platform.key) return;
  const from = join(platform.registry, "docker", "registry", "v2");
  const to = join(folder, "docker", "registry", "v2");
  await mkdir(to, { recursive: true });
  // The registry writes a blob once and never again, so one file does for all; tags and links it writes in place.
  const linked = await execa("cp", ["-aln", join(from, "blobs"), to], { reject: false });
  if (linked.failed) await execa("cp", ["-an", "--reflink=auto", join(from, "blobs"), to]);
  await execa("cp", ["-a", "--reflink=auto", join(from, "repositories"), to]);
  if (!existsSync(join(to, "repositories"))) throw new Error(`${platform.registry} holds no images`);
  await writeFile(marker, platform.key);
}
