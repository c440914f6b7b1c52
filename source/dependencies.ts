import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";
import { UserError } from "../console/errors.ts";
import { lockDigest, usualLockFiles, type DependencySpec } from "../dependencies/spec.ts";
import type { FunctionSettings } from "./function-yaml.ts";

/** Lock files of other tools, and how each is turned into one that packages are installed from. */
const otherLockFiles = {
  python: {
    "uv.lock": "uv export --format pylock.toml -o pylock.toml",
    "poetry.lock": "poetry export -o requirements.txt",
    "pdm.lock": "pdm export -f pylock -o pylock.toml",
    "Pipfile.lock": "pipenv requirements --hash >requirements.txt",
  },
  node: {
    "yarn.lock": "npm install --package-lock-only",
    "pnpm-lock.yaml": "npm install --package-lock-only",
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

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
  const others: Readonly<Record<string, string>> = otherLockFiles[settings.runtime];
  const name = named ?? usual[0] ?? Object.keys(others).find((file) => existsSync(posix.join(folder, file)));
  if (name === undefined) return undefined;
  const command = others[posix.basename(name)];
  if (command !== undefined) {
    return `${posix.join(folder, name)} is not a lock file that knflow installs from; make one of it: ${command}`;
  }
  const lock = posix.join(folder, name);
  if (posix.relative(workflowFolder, lock).startsWith("..")) {
    return `dependencies ${JSON.stringify(named)} lies outside of ${workflowFolder}; put the file below it`;
  }
  const found = statSync(lock, { throwIfNoEntry: false });
  if (!found) return `dependencies names ${lock}, which is not there; create it, or remove the key`;
  if (!found.isFile()) return `dependencies names ${lock}, which is a folder; name a lock file`;
  const { runtime } = settings;
  try {
    return { runtime, lock, lockSha256: await lockDigest(runtime, lock) };
  } catch (error) {
    if (error instanceof UserError) return error.message;
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw error;
    return `${lock} needs ${path}, which is not there; create it`;
  }
}
