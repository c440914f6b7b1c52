import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../cluster/paths.ts";
import type { Progress } from "../console/progress.ts";
import { providePip, runPip } from "../dependencies/pip.ts";

const requirements = join(import.meta.dirname, "servers", "requirements.txt");

/** Installs the pinned servers that the Python runtime is compared with, once. @returns the interpreter and their folder */
export async function providePythonServers(progress: Progress): Promise<{ python: string; packages: string }> {
  const { python, withPip } = await providePip();
  const key = createHash("sha256")
    .update(python)
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  const packages = join(cacheDir(), "python", `bench-${key}`);
  if (!existsSync(packages)) {
    await progress.run("install uvicorn and granian", async ({ log }) => {
      const partial = `${packages}.partial`;
      await rm(partial, { recursive: true, force: true });
      const install = ["-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "-r", requirements];
      await runPip("the servers to compare with cannot be installed", withPip, [...install, "--target", partial], {
        log,
      });
      await rename(partial, packages);
    });
  }
  return { python, packages };
}
