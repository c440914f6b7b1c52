import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPylock } from "./pylock.ts";
import { checkRequirements, logicalLines } from "./requirements-check.ts";

/** `-r base.txt`, `--requirement=base.txt`, and the same of constraints. */
const include = /^\s*(?:-[rc]\s*|--(?:requirement|constraint)(?:\s+|=))(?<file>[^\s#]+)/;

/**
 * A requirements file and those that it includes, each once.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 *
 * @throws an error of the file system where one of them is missing; a UserError where a line is refused
 */
export async function requirementsFiles(file: string, found = new Set<string>()): Promise<ReadonlySet<string>> {
  if (found.has(file)) return found;
  found.add(file);
  if (isPylock(file)) return found;
  const content = await readFile(file, "utf8");
  checkRequirements(content, file);
  for (const { text } of logicalLines(content)) {
    const name = include.exec(text)?.groups?.file;
    if (name !== undefined) await requirementsFiles(join(dirname(file), name), found);
  }
  return found;
}
