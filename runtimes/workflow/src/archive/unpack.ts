import { crc32, inflateRawSync } from "node:zlib";
import { readDirectory, stored, type Entry } from "./directory.ts";
import { ArchiveError, quoted } from "./names.ts";

/** Unpacked to packed size of a deflated file, beyond its first megabyte: text rarely reaches 20, bombs 1000. */
const highestRatio = 200;
const ratioFreeBytes = 1024 * 1024;

/**
 * Takes files out of an archive, by their names. Nothing is written anywhere, and every entry is checked, so that this runtime comes
 * to the same verdict on an archive as those that unpack all of it.
 *
 * @returns those that the archive has, in its order
 * @throws ArchiveError
 */
export function unpackFiles(zip: Buffer, isWanted: (name: string) => boolean): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const entry of readDirectory(zip)) {
    if (entry.name.endsWith("/")) continue;
    const packed = zip.subarray(entry.start, entry.start + entry.packed);
    const content = entry.method === stored ? packed : inflate(packed, entry);
    if (crc32(content) !== entry.crc) throw new ArchiveError(`${quoted(entry.name)} has a wrong checksum`);
    if (isWanted(entry.name)) found.set(entry.name, content);
  }
  return found;
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
