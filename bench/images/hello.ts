import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { inTemporaryFolder } from "../../cli/temporary-folder.ts";
import { scratch, type Registry } from "./registry.ts";

/** An image of one file: a static server in Go. @returns it by its digest */
export function helloImage(registry: Registry): Promise<string> {
  return inTemporaryFolder("knflow-bench-", async (folder) => {
    const binary = join(folder, "hello");
    await execa("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", binary, "."], {
      cwd: join(import.meta.dirname, "hello"),
      env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local" },
    });
    const file = { path: "hello", content: await readFile(binary), executable: true };
    return registry.append(scratch("bench/hello"), [file], { Entrypoint: ["/hello"], User: "65532:65532" });
  });
}
