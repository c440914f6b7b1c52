import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fillCompileCache } from "./compile-cache.ts";
import type { RuntimeKind } from "./runtime.ts";
import { shared } from "./setup.ts";

const project = join(import.meta.dirname, "../../..");
const source = join(project, "runtimes/workflow");
const main = "src/server/main.ts";
const keeperMain = "src/keeper/main.ts";

/** The executor, as its image runs it. */
export const executorKind: RuntimeKind = {
  name: "workflow",
  entryFile: "workflow.yaml",
  command: () => [process.execPath, join(appIn(shared().root), main)],
  env: () => ({
    NODE_ENV: "production",
    NODE_COMPILE_CACHE: cacheIn(shared().root),
    KNFLOW_FUNCTIONS: "{}",
  }),
};

/** The run keeper of the same image. */
export const keeperKind: RuntimeKind = {
  ...executorKind,
  name: "keeper",
  command: () => [process.execPath, join(appIn(shared().root), keeperMain)],
};

const appIn = (root: string) => join(root, "executor");
const cacheIn = (root: string) => join(root, "executor-cache");

/**
 * Lays the executor out as its image does: its sources, its manifest, the packages of its lock file and no others. What its first
 * starts compile, later ones find.
 */
export async function layOutExecutor(root: string): Promise<void> {
  const dockerfile = await readFile(join(source, "Dockerfile"), "utf8");
  if (!dockerfile.endsWith(`CMD ["node", "${main}"]\n`)) throw new Error(`the executor's image does not run ${main}`);
  const app = appIn(root);
  const lock = JSON.parse(await readFile(join(source, "package-lock.json"), "utf8")) as { packages: object };
  await mkdir(join(app, "node_modules"), { recursive: true });
  await cp(join(source, "src"), join(app, "src"), { recursive: true });
  await cp(join(source, "package.json"), join(app, "package.json"));
  for (const folder of Object.keys(lock.packages).filter((name) => name !== "")) {
    await symlink(join(project, folder), join(app, folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  const ends = { [main]: 1, [keeperMain]: 1, "src/expressions/worker.ts": 0, "src/store/postgres.ts": 0 };
  await fillCompileCache(cacheIn(root), app, ends);
}
