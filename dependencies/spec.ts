import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { sha256 } from "../archive/zip.ts";
import { requirementsFiles } from "./requirements-files.ts";

/** The runtime that dependencies are installed for: never the developer's machine, unless that runs them. */
export interface DependencyTarget {
  /** Python's version in the runtime image, such as "3.12". */
  readonly pythonVersion: string;
  readonly architecture: "amd64" | "arm64";
}

/** The third-party packages of one or several functions: those that name the same lock file's content share them. */
export interface DependencySpec {
  readonly runtime: "python" | "node";
  /** The lock file, relative to the project's root. */
  readonly lock: string;
  /** sha256 of its content, with that of what it includes and of a package.json beside it. */
  readonly lockSha256: string;
}

/** Changes with everything that decides what is installed; `recipe` with the way of doing it, where that gives something else. */
export function dependencyKey({ runtime, lock, lockSha256 }: DependencySpec, target: DependencyTarget): string {
  const recipe = runtime === "node" && basename(lock) !== "package-lock.json" ? 4 : 3;
  return sha256(Buffer.from(JSON.stringify([recipe, runtime, lockSha256, target]))).slice(0, 16);
}

/** Lock files of which one is taken where function.yaml names none, by runtime. */
export const usualLockFiles = {
  python: ["requirements.txt", "pylock.toml"],
  node: ["package-lock.json"],
} as const;

/**
 * The digest of what a lock file locks: npm's says so only together with the package.json beside it, a requirements file with
 * those that it includes.
 *
 * @throws an error of the file system where a file is missing
 */
export async function lockDigest(runtime: DependencySpec["runtime"], lock: string): Promise<string> {
  const files = runtime === "node" ? [join(dirname(lock), "package.json"), lock] : [...(await requirementsFiles(lock))];
  return sha256(Buffer.concat(await Promise.all(files.map((file) => readFile(file)))));
}

/** Package indexes and trusted CAs by the stack's settings; what the user configured for pip and npm counts too. */
export interface InstallSettings {
  readonly pipIndexUrl?: string | undefined;
  readonly npmRegistry?: string | undefined;
  /** A file of certificates. */
  readonly caBundle?: string | undefined;
  /** Ends the installation. */
  readonly signal?: AbortSignal;
}
