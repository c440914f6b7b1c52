import { join } from "node:path";
import { execa } from "execa";
import type { RuntimeKind } from "./runtime.ts";
import { shared } from "./setup.ts";

/** The folder of the Node.js runtime. */
export const nodeRuntime = join(import.meta.dirname, "../../../runtimes/node");

/** The Node.js runtime; its handlers for these tests are in TypeScript. */
export const node: RuntimeKind = {
  name: "node",
  entryFile: "main.ts",
  command: () => [process.execPath, join(nodeRuntime, "src/main.ts")],
  env: () => ({ NODE_COMPILE_CACHE: compileCache(shared().root) }),
};

const compileCache = (folder: string) => join(folder, "compile-cache");

/** Fills the compile cache as the image's build does; see runtimes/node/Dockerfile. */
export async function fillCompileCache(folder: string): Promise<void> {
  const ends = { "main.ts": 1, "watchdog-thread.ts": 1, "calls.ts": 0, "observer.ts": 0 };
  for (const [file, end] of Object.entries(ends)) {
    // No port that somebody may have.
    const env = { NODE_COMPILE_CACHE: compileCache(folder), PORT: "none" };
    const { exitCode } = await execa(process.execPath, [join(nodeRuntime, "src", file)], {
      env,
      extendEnv: false,
      reject: false,
    });
    if (exitCode !== end) throw new Error(`${file} without settings ended with ${exitCode}`);
  }
}
