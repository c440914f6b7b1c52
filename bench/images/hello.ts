import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { scratch, type Registry } from "./registry.ts";

/** An image of one file: a static server in Go. @returns it by its digest */
export async function helloImage(registry: Registry): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "knflow-bench-"));
  try {
    const binary = join(folder, "hello");
    await execa("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", binary, "."], {
      cwd: join(import.meta.dirname, "hello"),
      env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local" },
    });
    const file = { path: "hello", content: await readFile(binary), executable: true };
    return await registry.append(scratch("bench/hello"), [file], { Entrypoint: ["/hello"], User: "65532:65532" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
