import { watch, type FSWatcher } from "node:fs";
import { sep } from "node:path";

/** Milliseconds without a further change after which saved files are taken up: editors write in several steps. */
const quietTime = 60;
/** Milliseconds after which a change is taken up even though others follow all the time. */
const longestWait = 500;

/** What was saved in one go. */
export interface Saved {
  /** When the first change of it was seen, as `performance.now()`. */
  readonly since: number;
  /** The folders right below the watched one, in which something was saved. */
  readonly folders: ReadonlySet<string>;
}

/**
 * Calls back once changes below a folder have come to rest; one call at a time, and another one for what came meanwhile.
 *
 * @param failed is told where the folder cannot be watched any more
 */
export function watchFolder(
  folder: string,
  changed: (saved: Saved) => Promise<unknown>,
  failed: (error: Error) => void,
): FSWatcher {
  let timer: NodeJS.Timeout | undefined;
  let saved: { since: number; folders: Set<string> } | undefined;
  let running = false;
  let closed = false;
  const go = async () => {
    const now = saved;
    if (now === undefined) return;
    running = true;
    saved = undefined;
    await changed(now);
    running = false;
    if (saved !== undefined) wait();
  };
  const wait = () => {
    clearTimeout(timer);
    if (running || closed || saved === undefined) return;
    const left = Math.max(longestWait - (performance.now() - saved.since), 0);
    timer = setTimeout(() => void go(), Math.min(quietTime, left));
  };
  const note = (_: string, path: string | null) => {
    saved ??= { since: performance.now(), folders: new Set() };
    const [below] = path?.split(sep) ?? [];
    if (below !== undefined) saved.folders.add(below);
    wait();
  };
  return watch(folder, { recursive: true }, note)
    .once("close", () => {
      closed = true;
      clearTimeout(timer);
    })
    .on("error", (error: NodeJS.ErrnoException) => {
      // A folder is gone before it could be looked into: its parent tells of that too.
      if (error.code !== "ENOENT") failed(error);
    });
}
