// Keeps what V8 made of modules, so that the next command and the next update load theirs in half of the time. Plain
// JavaScript: the Pulumi program's process loads it first (`nodeargs` in Pulumi.yaml), and so do the `knflow` command and the
// programs that an update or a destroy runs.
import * as nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, runsTypeScript, whyNoTypeScript } from "./pinned-node.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folder of what is kept. */
export const compileCache = join(root, "node_modules", ".cache", "compile");

// Node 20 has none, and only hands over to a later one. Where the folder cannot be written, modules are compiled as ever.
nodeModule.enableCompileCache?.(compileCache);

// A destroy runs such a program without the Pulumi program, which would have said it before anything was done.
if (process.argv[1]?.endsWith(".ts") && !runsTypeScript()) fail(whyNoTypeScript(process.versions.node));
