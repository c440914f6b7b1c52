import { join } from "node:path";
import type { RuntimeKind } from "./runtime.ts";

const main = join(import.meta.dirname, "../../../runtimes/node/src/main.ts");

/** The Node.js runtime; its handlers for these tests are in TypeScript. */
export const node: RuntimeKind = {
  name: "node",
  entryFile: "main.ts",
  command: () => [process.execPath, main],
  env: () => ({}),
};
