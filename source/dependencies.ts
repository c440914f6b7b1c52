import { existsSync } from "node:fs";
import { posix } from "node:path";
import { lockDigest, usualLockFiles, type DependencySpec } from "../dependencies/spec.ts";
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
  const usual = usualLockFiles[settings.runtime].filter((file) => existsSync(posix.join(folder, file)));
  if (named === undefined && usual.length > 1) {
    return `${folder} has ${usual.join(" and ")}; say by \`dependencies\` in function.yaml which one holds, or remove one`;
  }
  const name = named ?? usual[0];
  if (name === undefined) return undefined;
  const lock = posix.join(folder, name);
  if (posix.relative(workflowFolder, lock).startsWith("..")) {
    return `dependencies ${JSON.stringify(named)} lies outside of ${workflowFolder}; put the file below it`;
  }
  if (!existsSync(lock)) return `dependencies names ${lock}, which is not there; create it, or remove the key`;
  const { runtime } = settings;
  return { runtime, lock, lockSha256: await lockDigest(runtime, lock) };
}
