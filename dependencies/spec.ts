import { sha256 } from "../archive/zip.ts";

/** The runtime that dependencies are installed for: never the developer's machine, unless that runs them. */
export interface DependencyTarget {
  /** Python's version in the runtime image, such as "3.12". */
  readonly pythonVersion: string;
  readonly architecture: "amd64" | "arm64";
}

/** The third-party packages of one or several functions: those that name the same lock file's content share them. */
export interface DependencySpec {
  readonly runtime: "python";
  /** The lock file, relative to the project's root. */
  readonly lock: string;
  /** sha256 of its content. */
  readonly lockSha256: string;
}

/** Changes with everything that decides what is installed; `recipe` with the way of doing it. */
export function dependencyKey({ runtime, lockSha256 }: DependencySpec, target: DependencyTarget): string {
  const recipe = 1;
  return sha256(Buffer.from(JSON.stringify([recipe, runtime, lockSha256, target]))).slice(0, 16);
}

/** Lock files that are taken where function.yaml names none, by runtime. */
export const usualLockFile = { python: "requirements.txt" } as const;
