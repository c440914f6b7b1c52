import { createHash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stateDir } from "../cluster/paths.ts";
import { compileCache } from "../scripts/compile-cache.mjs";
import type { RuntimeSpec } from "./runtime-process.ts";

const keeperMain = join(import.meta.dirname, "..", "runtimes", "workflow", "src", "keeper", "main.ts");

/** The address of the file in which the runs of a project are written down; it outlives the session. */
export function localStoreUrl(project: string): string {
  const name = createHash("sha256").update(project).digest("hex").slice(0, 16);
  return pathToFileURL(join(stateDir(), "runs", `${name}.sqlite`)).href;
}

/** The run keeper as a process. @param front the address below which workflows are */
export function keeperSpec(storeUrl: string, front: string): RuntimeSpec {
  return {
    name: "run-keeper",
    command: [process.execPath, keeperMain],
    env: { NODE_COMPILE_CACHE: compileCache, KNFLOW_STORE_URL: storeUrl, KNFLOW_WORKFLOW_ADDRESS: `${front}/{name}` },
  };
}
