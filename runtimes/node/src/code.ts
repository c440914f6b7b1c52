import { mkdirSync, rmSync } from "node:fs";
import { ArchiveError } from "../../workflow/src/archive/names.ts";
import { download } from "./download.ts";
import { LoadError } from "./errors.ts";
import type { Log } from "./log.ts";
import { downloads } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { unpack } from "./unpack.ts";

/** The unpacked code, and what it took; times in milliseconds. */
export interface Code {
  readonly root: string;
  readonly archiveBytes: number;
  readonly entries: number;
  readonly downloadMs: number;
  readonly unpackMs: number;
}

/**
 * Provides the function's code as a folder: downloaded, verified, unpacked.
 *
 * @throws LoadError
 */
export async function loadCode(settings: Settings, log: Log): Promise<Code> {
  const { workDir, origin, object, sha256, loadTimeoutSeconds } = settings;
  const root = `${workDir}/code`;
  try {
    mkdirSync(workDir, { recursive: true });
    // A container that starts again in the same pod finds what the one before it left in the shared volume.
    for (const leftover of [`${workDir}/code.zip`, root, `${root}.partial`]) {
      rmSync(leftover, { recursive: true, force: true });
    }
    const begun = performance.now();
    // Below the load's own limit, whose reason says less.
    const budget = Math.min(downloads.budget, 900 * loadTimeoutSeconds);
    const archive = await download(origin + object, sha256, budget, (reason, pause) =>
      log.line("warn", "download failed, trying again", { reason, pause }),
    );
    const loaded = performance.now();
    const entries = unpack(archive, root);
    const unpacked = performance.now();
    return {
      root,
      archiveBytes: archive.length,
      entries,
      downloadMs: loaded - begun,
      unpackMs: unpacked - loaded,
    };
  } catch (error) {
    if (error instanceof ArchiveError) throw new LoadError("ArchiveError", `${object}: ${error.message}`);
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall !== undefined && !(error instanceof LoadError)) {
      throw new LoadError("StorageError", `${workDir}: ${message}`);
    }
    throw error;
  }
}
