import { join } from "node:path";
import { fillCompileCache } from "./compile-cache.ts";
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

/** Fills its compile cache; see runtimes/node/Dockerfile. */
export function compileNodeRuntime(root: string): Promise<void> {
  const ends = { "main.ts": 1, "watchdog-thread.ts": 1, "calls.ts": 0, "observer.ts": 0 };
  return fillCompileCache(compileCache(root), join(nodeRuntime, "src"), ends);
}
