import { createHash } from "node:crypto";
import { ZipArchive } from "archiver";
import type { SourceFile } from "./source-tree.ts";

/**
 * The time written on every entry: the earliest a zip can hold, in UTC (archiver is told to use UTC fields), so that
 * neither the clock nor the time zone changes the bytes.
 */
const entryTime = new Date("1980-01-01T00:00:00Z");

/** Plain file, readable by all, writable by its owner: whatever the umask of the machine that packs. */
const entryModes = { plain: 0o644, executable: 0o755 } as const;

/**
 * Packs files, in the order given, into a zip whose bytes depend on their paths and contents alone.
 *
 * The entries are stored, not deflated: deflate's output differs between versions of zlib, and then the same tree would
 * get another digest, so another Revision, on another machine.
 *
 * @example const zip = await packZip(await readSourceTree("functions/wordcount/count"));
 */
export async function packZip(files: readonly SourceFile[]): Promise<Buffer> {
  const archive = new ZipArchive({ store: true, forceLocalTime: false, statConcurrency: 1 });
  const chunks: Buffer[] = [];
  const packed = new Promise<void>((resolve, reject) => {
    archive.on("data", (chunk: Buffer) => chunks.push(chunk));
    archive.on("end", resolve);
    archive.on("error", reject);
    archive.on("warning", reject);
  });
  for (const file of files) {
    const mode = entryModes[file.executable === true ? "executable" : "plain"];
    archive.append(file.content, { name: file.path, date: entryTime, mode, store: true });
  }
  await Promise.all([archive.finalize(), packed]);
  return Buffer.concat(chunks);
}

/** The sha256 of some bytes, in lower-case hexadecimal. */
export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
