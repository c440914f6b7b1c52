import { existsSync } from "node:fs";
import { cp, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../cli/root.ts";

/**
 * Copies the project as it is in the working tree, without what git ignores, into a folder that has none of it; its dependencies
 * are linked.
 *
 * @param isWanted which files, by their paths in the project. Default: all
 */
export async function copyProject(folder: string, isWanted: (file: string) => boolean = () => true): Promise<void> {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await execa("git", list, { cwd: projectRoot });
  for (const file of stdout.split("\0").filter((path) => path !== "" && isWanted(path))) {
    // Listed by git, but removed since.
    if (!existsSync(join(projectRoot, file))) continue;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(projectRoot, file), join(folder, file));
  }
  await symlink(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}
