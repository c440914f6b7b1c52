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
 * Provides the function's code as a folder, and its third-party packages in the folder where Node looks for them from there:
 * downloaded, verified, unpacked.
 *
 * @throws LoadError
 */
export async function loadCode(settings: Settings, log: Log): Promise<Code> {
  const code = await provide(settings, log, settings.object, settings.sha256, "code");
  const { dependencies } = settings;
  if (dependencies === "") return code;
  const packages = await provide(settings, log, dependencies, dependencies.slice(-68, -4), "node_modules");
  return {
    root: code.root,
    archiveBytes: code.archiveBytes + packages.archiveBytes,
    entries: code.entries + packages.entries,
    downloadMs: code.downloadMs + packages.downloadMs,
    unpackMs: code.unpackMs + packages.unpackMs,
  };
}

async function provide(settings: Settings, log: Log, object: string, sha256: string, folder: string): Promise<Code> {
  const { workDir, origin, loadTimeoutSeconds } = settings;
  const root = `${workDir}/${folder}`;
  try {
    mkdirSync(workDir, { recursive: true });
    // A container that starts again in the same pod finds what the one before it left in its work folder.
    for (const leftover of [`${root}.zip`, root, `${root}.partial`]) rmSync(leftover, { recursive: true, force: true });
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
