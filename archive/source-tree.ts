import { lstat, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { UserError } from "../console/errors.ts";
import { folded, mostFolders } from "../runtimes/workflow/src/archive/names.ts";

/** A file that goes into an archive. */
export interface SourceFile {
  /** Path inside the archive: relative, with `/` between its parts. */
  readonly path: string;
  readonly content: Buffer;
  /** Whether it is a program. Told of installed packages alone: of a developer's files, not every file system keeps it. */
  readonly executable?: boolean;
}

/** What a source tree may hold. Every runtime refuses an archive beyond these limits, so it is refused here first. */
export const limits = {
  /** Number of files in one archive. */
  files: 10_000,
  /** Number of folders that they lie in. */
  folders: mostFolders,
  /** Bytes of all files together. */
  bytes: 256 * 1024 * 1024,
  /** Bytes of one path, in UTF-8. */
  pathBytes: 1024,
  /** Bytes of one name in a path: macOS allows more. */
  nameBytes: 255,
} as const;

/** The file with further ignore rules, in gitignore's syntax, at the root of a function's folder. */
export const ignoreFile = ".knflowignore";

/**
 * Left out of every archive: settings, which reach the function by its Knative Service, so that changing them pushes no code;
 * what tools leave behind; and what must never be published by accident.
 */
const alwaysIgnored = [
  "/function.yaml",
  ignoreFile,
  ".git/",
  ".DS_Store",
  "__pycache__/",
  "*.pyc",
  ".venv/",
  "venv/",
  "node_modules/",
  ".pytest_cache/",
  ".mypy_cache/",
  ".ruff_cache/",
  ".idea/",
  ".vscode/",
  "*.swp",
  "*~",
  ".#*",
  "\\#*#",
  ".env",
  ".env.*",
  ".npmrc",
  ".netrc",
  ".pypirc",
];

/**
 * The files of a folder that go into its archive, sorted by the bytes of their paths, so that the same tree gives the
 * same list whatever the order of the file system.
 *
 * @param folder the folder to read
 * @param only when given, just these paths are taken
 * @throws UserError for a symbolic link, a special file, a name that some runtime could not unpack, or a tree beyond {@link limits}
 */
export async function readSourceTree(folder: string, only?: readonly string[]): Promise<SourceFile[]> {
  const paths = only ? [...only] : await listFiles(folder, "", await readIgnoreRules(folder));
  return readFiles(folder, paths, `leave out what the function does not need by a ${ignoreFile} file`);
}

/**
 * The same of installed packages: every file goes into the archive, programs as programs.
 *
 * @param advice what to do where the tree is beyond {@link limits}
 */
export async function readWholeTree(folder: string, advice: string): Promise<SourceFile[]> {
  const files = await readFiles(folder, await listFiles(folder, "", ignore()), advice);
  const modes = await Promise.all(files.map(({ path }) => lstat(join(folder, path))));
  return files.map((file, index) => ({ ...file, executable: ((modes[index]?.mode ?? 0) & 0o100) !== 0 }));
}

async function readFiles(folder: string, paths: string[], advice: string): Promise<SourceFile[]> {
  paths.sort(comparePaths);
  checkPaths(folder, paths, advice);
  const files: SourceFile[] = [];
  let bytes = 0;
  for (const path of paths) {
    const content = await unlessGone(readContent(join(folder, path)));
    if (content === undefined) continue;
    bytes += content.byteLength;
    if (bytes > limits.bytes) {
      throw new UserError(
        `the files of ${folder} are larger than the ${limits.bytes / 1024 / 1024} MiB that an archive may hold; ${advice}`,
      );
    }
    files.push({ path, content });
  }
  if (files.length === 0) throw new UserError(`${folder} has no files to deploy; put the function's code there`);
  return files;
}

async function readContent(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw error;
    throw new UserError(`${file} cannot be read: ${message}`);
  }
}

/** Nothing where a file is gone since its name was read: editors' temporary files come and go at any time. */
async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Byte-wise order of UTF-8, which no locale alters. */
export function comparePaths(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function readIgnoreRules(folder: string): Promise<Ignore> {
  const own = await unlessGone(readContent(join(folder, ignoreFile)));
  return ignore()
    .add(alwaysIgnored)
    .add(own?.toString() ?? "");
}

async function listFiles(root: string, folder: string, rules: Ignore): Promise<string[]> {
  const paths: string[] = [];
  const reading = readdir(join(root, folder));
  // Without the outermost folder there is nothing to go on with.
  for (const name of (await (folder === "" ? reading : unlessGone(reading))) ?? []) {
    const path = folder ? `${folder}/${name}` : name;
    const stat = await unlessGone(lstat(join(root, path)));
    if (stat === undefined) continue;
    if (rules.ignores(stat.isDirectory() ? `${path}/` : path)) continue;
    if (stat.isDirectory()) paths.push(...(await listFiles(root, path, rules)));
    else if (stat.isFile()) paths.push(path);
    else {
      throw new UserError(
        `${join(root, path)} is ${stat.isSymbolicLink() ? "a symbolic link" : "a special file"}; ` +
          `an archive holds only plain files: put the file itself there, or name it in ${ignoreFile}`,
      );
    }
  }
  return paths;
}

function checkPaths(folder: string, paths: readonly string[], advice: string): void {
  if (paths.length > limits.files) {
    throw new UserError(`${folder} has ${paths.length} files, an archive holds at most ${limits.files}; ${advice}`);
  }
  const seen = new Map<string, string>();
  for (const path of paths) {
    const problem = pathProblem(path);
    if (problem) throw new UserError(`${JSON.stringify(join(folder, path))} ${problem}; rename it`);
    for (const name of withFolders(path)) {
      const key = folded(name);
      const other = seen.get(key);
      if (other !== undefined && other !== name) {
        throw new UserError(
          `${join(folder, other)} and ${join(folder, name)} are one name where upper and lower case are not told apart; rename one`,
        );
      }
      seen.set(key, name);
    }
  }
  if (seen.size - paths.length > limits.folders) {
    throw new UserError(
      `${folder} has ${seen.size - paths.length} folders, an archive holds at most ${limits.folders}; ${advice}`,
    );
  }
}

/** A path and the folders that it lies in: "a/b/c" with "a/b" and "a". */
function withFolders(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Why no archive may hold a path, or undefined where it may. The same rules hold in every unpacker. */
export function pathProblem(path: string): string | undefined {
  if (Buffer.byteLength(path) > limits.pathBytes) return `has a path of more than ${limits.pathBytes} bytes`;
  if (path.split("/").some((part) => Buffer.byteLength(part) > limits.nameBytes)) {
    return `has a name of more than ${limits.nameBytes} bytes`;
  }
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return "has a backslash or a control character in its name";
  if (path.includes("\ufffd")) return "has a name that is not valid UTF-8";
  if (/^[A-Za-z]:/.test(path)) return "has a name that begins like a Windows drive";
  if (path.startsWith("/") || path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    return "leads out of the folder";
  }
  return undefined;
}
