import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { execa } from "execa";
import { stringify } from "yaml";
import { FailedStep } from "../../console/progress.ts";
import { waitUntil } from "../embedded/wait.ts";

/**
 * Runs a registry on a free loopback port while the work runs. What the work pushes is in the folder afterwards.
 *
 * @param storage folder for docker-registry's file system driver
 * @param work gets the registry's address, such as `localhost:40123`
 */
export async function withRegistry<T>(storage: string, work: (address: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const config = `${storage}.yaml`;
  await mkdir(storage, { recursive: true });
  await writeFile(
    config,
    stringify({
      version: 0.1,
      log: { level: "warn", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: storage } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const registry = execa("docker-registry", ["serve", config], { reject: false, stdout: "ignore", buffer: true });
  try {
    await waitUntil("a registry to answer", 10_000, async () => {
      if (registry.exitCode !== null) throw await ended(registry);
      return fetch(`http://127.0.0.1:${port}/v2/`).then(
        (response) => response.ok || undefined,
        () => undefined,
      );
    });
    return await work(`localhost:${port}`);
  } finally {
    registry.kill();
    await registry;
    await rm(config, { force: true });
  }
}

async function ended(registry: PromiseLike<{ stderr: string }>): Promise<Error> {
  const lines = (await registry).stderr.trimEnd().split("\n").slice(-20);
  return new FailedStep("the cluster's images cannot be made: docker-registry ended at its start, see above", lines);
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
