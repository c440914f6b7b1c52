import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Files that are looked at, and milliseconds for each: the container is about to end, and its reason is waited for. */
const mostFiles = 40;
const longestCheck = 3000;

/**
 * Finds the syntax error that a module has. For modules Node tells neither file nor line, unlike for CommonJS and
 * TypeScript; its own checker does.
 *
 * @param entry the module that was imported; the error may be in one that it imports
 * @returns `file:line`; empty where it is not found
 */
export function placeOfSyntaxError(root: string, entry: string): string {
  const others = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.m?js$/.test(file) && !/(^|\/)node_modules\//.test(file))
    .map((file) => join(root, file));
  for (const file of [...new Set([entry, ...others])].slice(0, mostFiles)) {
    const { status, stderr } = spawnSync(process.execPath, ["--check", file], {
      encoding: "utf8",
      timeout: longestCheck,
      env: {},
    });
    const line = status === 0 ? undefined : /:(\d+)$/.exec(stderr.split("\n")[0] ?? "")?.[1];
    if (line !== undefined) return `${file.slice(root.length + 1)}:${line}`;
  }
  return "";
}
