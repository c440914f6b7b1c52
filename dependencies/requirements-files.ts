import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** `-r base.txt`, `--requirement=base.txt`, and the same of constraints. */
const include = /^\s*(?:-[rc]\s*|--(?:requirement|constraint)(?:\s+|=))(?<file>[^\s#]+)/;

/**
 * A requirements file and those that it includes, each once.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 *
 * @throws an error of the file system where one of them is missing
 */
export async function requirementsFiles(file: string, found = new Set<string>()): Promise<ReadonlySet<string>> {
  if (found.has(file)) return found;
  found.add(file);
  for (const line of (await readFile(file, "utf8")).split("\n")) {
    const name = include.exec(line)?.groups?.file;
    if (name !== undefined && !name.includes("://")) await requirementsFiles(join(dirname(file), name), found);
  }
  return found;
}
