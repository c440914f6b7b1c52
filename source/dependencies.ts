import { existsSync } from "node:fs";
import { posix } from "node:path";
import { lockDigest, usualLockFile, type DependencySpec } from "../dependencies/spec.ts";
import type { FunctionSettings } from "./function-yaml.ts";

/**
 * The lock file of a function: the one that function.yaml names, else the usual one in the function's folder.
 *
 * @param folder the function's folder
 * @param workflowFolder lock files may lie anywhere below it, so that functions share one
 * @returns nothing where the function has no dependencies; a text where what function.yaml says is wrong
 */
export async function dependenciesOf(
  folder: string,
  workflowFolder: string,
  settings: Pick<FunctionSettings, "runtime" | "dependencies">,
): Promise<DependencySpec | string | undefined> {
  const named = settings.dependencies;
  const lock = posix.join(folder, named ?? usualLockFile[settings.runtime]);
  if (posix.relative(workflowFolder, lock).startsWith("..")) {
    return `dependencies ${JSON.stringify(named)} lies outside of ${workflowFolder}; put the file below it`;
  }
  if (!existsSync(lock)) {
    return named === undefined
      ? undefined
      : `dependencies names ${lock}, which is not there; create it, or remove the key`;
  }
  const { runtime } = settings;
  return { runtime, lock, lockSha256: await lockDigest(runtime, lock) };
}
