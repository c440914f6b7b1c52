#!/usr/bin/env node
// Plain JavaScript for Node 20 and later: the rest of the command is TypeScript and runs on the Node that knflow's own
// dependencies bring.
import "../scripts/compile-cache.mjs";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, handOver, runsTypeScript } from "../scripts/pinned-node.mjs";

const self = fileURLToPath(import.meta.url);
const root = dirname(dirname(self));

if (!existsSync(join(root, "node_modules", ".package-lock.json"))) {
  fail(
    `knflow's dependencies are not installed in ${root}; run "npm ci" there (npm start and npm test do so by themselves)`,
  );
}
if (runsTypeScript()) {
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2));
} else {
  handOver(root, [self, ...process.argv.slice(2)]);
}
