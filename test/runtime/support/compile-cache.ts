import { join } from "node:path";
import { execa } from "execa";

/**
 * Fills a compile cache as an image's build does: without settings its programs end once all is imported.
 *
 * @param cache the cache's folder
 * @param app the folder of the sources
 * @param ends the exit code of each file
 */
export async function fillCompileCache(
  cache: string,
  app: string,
  ends: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [file, end] of Object.entries(ends)) {
    // No port that somebody may have.
    const env = { NODE_COMPILE_CACHE: cache, PORT: "none" };
    const options = { env, extendEnv: false, reject: false } as const;
    const { exitCode } = await execa(process.execPath, [join(app, file)], options);
    if (exitCode !== end) throw new Error(`${file} without settings ended with ${exitCode}`);
  }
}
