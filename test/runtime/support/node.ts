import { join } from "node:path";
import type { RuntimeKind } from "./runtime.ts";

/** The folder of the Node.js runtime. */
export const nodeRuntime = join(import.meta.dirname, "../../../runtimes/node");

/** The Node.js runtime; its handlers for these tests are in TypeScript. */
export const node: RuntimeKind = {
  name: "node",
  entryFile: "main.ts",
  command: () => [process.execPath, join(nodeRuntime, "src/main.ts")],
  env: () => ({}),
};
