import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { readDirectory, stored, type Entry } from "../../workflow/src/archive/directory.ts";
import { ArchiveError, quoted } from "../../workflow/src/archive/names.ts";

/** Unpacked to packed size of a deflated file, beyond its first megabyte: text rarely reaches 20, bombs 1000. */
const highestRatio = 200;
const ratioFreeBytes = 1024 * 1024;

/**
 * Unpacks an archive into the new folder `target`. Nothing is written before every name and header has been checked, and
 * the folder appears only when it is whole.
 *
 * @returns the number of entries
 * @throws ArchiveError
 */
export function unpack(zip: Buffer, target: string): number {
  const entries = readDirectory(zip);
  const executables = executablesOf(zip);
  const root = `${target}.partial`;
  const folders = new Set<string>();
  const makeFolder = (path: string) => {
    if (folders.has(path)) return;
    if (path !== root) makeFolder(dirname(path));
    mkdirSync(path);
    chmodSync(path, 0o755); // whatever the umask
    folders.add(path);
  };
  makeFolder(root);
  for (const entry of entries) {
    const path = `${root}/${entry.name.replace(/\/$/, "")}`;
    if (entry.name.endsWith("/")) {
      makeFolder(path);
      continue;
    }
    makeFolder(dirname(path));
    writeFileSync(path, contentOf(zip, entry), { flag: "wx", mode: executables.has(entry.name) ? 0o755 : 0o644 });
  }
  renameSync(root, target);
  return entries.length;
}

/** The names of the files that their owner may run; the table of contents has been checked before. */
function executablesOf(zip: Buffer): Set<string> {
  const names = new Set<string>();
  let at = zip.readUInt32LE(zip.length - 6);
  for (let left = zip.readUInt16LE(zip.length - 12); left > 0; left--) {
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
    if (((zip.readUInt32LE(at + 38) >>> 16) & 0o100) !== 0) names.add(zip.toString("utf8", at + 46, nameEnd));
    at = nameEnd + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return names;
}

function contentOf(zip: Buffer, entry: Entry): Buffer {
  const packed = zip.subarray(entry.start, entry.start + entry.packed);
  const content = entry.method === stored ? packed : inflate(packed, entry);
  if (crc32(content) !== entry.crc) throw new ArchiveError(`${quoted(entry.name)} has a wrong checksum`);
  return content;
}

function inflate(packed: Buffer, entry: Entry): Buffer {
  const most = Math.min(entry.size, Math.max(ratioFreeBytes, packed.length * highestRatio));
  let inflated: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // `info` is not in the types' result: https://nodejs.org/docs/latest-v24.x/api/zlib.html#class-options
    const options = { maxOutputLength: Math.max(most, 1), info: true };
    inflated = inflateRawSync(packed, options) as unknown as typeof inflated;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new ArchiveError(
        `${quoted(entry.name)} inflates to more than ${most} bytes: its header lies or it is a bomb`,
      );
    }
    if (code === "Z_BUF_ERROR") throw new ArchiveError(`${quoted(entry.name)} is cut off`);
    throw new ArchiveError(`${quoted(entry.name)} cannot be inflated: ${message}`);
  }
  if (inflated.buffer.length !== entry.size || inflated.engine.bytesWritten !== packed.length) {
    throw new ArchiveError(`${quoted(entry.name)} has other sizes than its header says`);
  }
  return inflated.buffer;
}
