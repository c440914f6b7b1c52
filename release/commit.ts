import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { UserError } from "../console/errors.ts";

/**
 * The commit that is checked out.
 *
 * @throws UserError where the project is no git repository, or has no commit yet
 */
export function headCommit(project: string): Promise<string> {
  return git(project, ["rev-parse", "--verify", "HEAD^{commit}"]);
}

/** Files of a folder that differ from the commit that is checked out, new ones included, relative to the repository. */
export async function uncommitted(project: string, folder: string): Promise<string[]> {
  const lines = await git(project, [
    "status",
    "--porcelain",
    "-z",
    "--untracked-files=all",
    "--no-renames",
    "--",
    folder,
  ]);
  return lines
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => line.slice("XY ".length));
}

/**
 * Takes a folder out of a commit, as a checkout would, and leaves working tree and index alone. A folder that has it already is
 * left as it is.
 *
 * @param target where it goes; what was there before is replaced
 * @returns the folder inside of the target
 * @throws UserError where the repository does not have the commit, or that not the folder
 */
export async function checkOut(project: string, commit: string, folder: string, target: string): Promise<string> {
  // A project may be a folder of its repository.
  const inRepository = join(await git(project, ["rev-parse", "--show-prefix"]), folder);
  const marker = join(target, "commit");
  const wanted = `${commit} ${inRepository}\n`;
  const done = existsSync(marker) && (await readFile(marker, "utf8")) === wanted;
  if (!done) {
    await known(project, commit);
    // Git goes to the top of its repository before it reads paths.
    const partial = resolve(`${target}.${process.pid}`);
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const index = { GIT_INDEX_FILE: join(partial, "index") };
    await git(project, ["read-tree", commit], { env: index });
    const files = await git(project, ["ls-files", "-z", "--", folder], { env: index });
    if (files === "") throw new UserError(`commit ${commit} has no folder ${folder}`);
    const prefix = `--prefix=${join(partial, "tree")}/`;
    await git(project, ["checkout-index", "-z", "--stdin", prefix], { env: index, input: files });
    await writeFile(join(partial, "commit"), wanted);
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
  }
  return join(target, "tree", inRepository);
}

async function known(project: string, commit: string): Promise<void> {
  await git(project, ["cat-file", "-e", `${commit}^{commit}`]).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `this repository does not have commit ${commit}; fetch it by "git fetch origin ${commit}", or all of them by "git fetch --unshallow"`,
    );
  });
}

interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

async function git(
  project: string,
  args: readonly string[],
  { env = {}, input = "" }: GitOptions = {},
): Promise<string> {
  const result = await execa("git", args, { cwd: project, env, input, reject: false });
  if (!result.failed) return result.stdout;
  const said = result.stderr || (result.shortMessage ?? "nothing");
  throw new UserError(
    `releases are made of git commits, and git says: ${said.trim()}; the project has to be in a git repository, with its functions committed`,
  );
}
