import { ArchiveError, checkMode, checkedName, quoted, Tree } from "./names.ts";

const mostEntries = 10_000;
const mostUnpackedBytes = 256 * 1024 * 1024;
/** Python reads the table of contents at once: room for 10,000 of the longest names. */
const mostDirectoryBytes = 16 * 1024 * 1024;
export const stored = 0;
const deflated = 8;
const deflateOptions = 0x0006;
const descriptorFollows = 0x0008;
const utf8 = 0x0800;
const zip64Field = 0x0001;
const unixLinkField = 0x000d;
const unicodePathField = 0x7075;

/** One file or folder (its name ends in a slash) of an archive whose headers have been checked. */
export interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where its data starts. */
  readonly start: number;
}

/** An entry as the table of contents has it. */
interface Row extends Omit<Entry, "name" | "start"> {
  readonly name: Buffer;
  readonly flags: number;
  readonly header: number;
  readonly attributes: number;
}

/**
 * Reads an archive's table of contents and checks that it tells the truth: no two names for an entry, no bytes that
 * belong to none or to two. The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3
 *
 * @returns the entries in the order of their bytes
 * @throws ArchiveError
 */
export function readDirectory(zip: Buffer): Entry[] {
  const { directory, count, start } = readEnd(zip);
  const tree = new Tree();
  let position = 0;
  const entries = rowsOf(directory, count)
    .sort((a, b) => a.header - b.header)
    .map((row) => {
      const { entry, end } = checkedEntry(zip.subarray(0, start), row, position);
      tree.add(entry.name);
      position = end;
      return entry;
    });
  if (position !== start) throw new ArchiveError("there are bytes between the last entry and the table of contents");
  if (entries.reduce((sum, entry) => sum + entry.size, 0) > mostUnpackedBytes) {
    throw new ArchiveError(`the files have more than ${mostUnpackedBytes} bytes in all`);
  }
  return entries;
}

function readEnd(zip: Buffer): { directory: Buffer; count: number; start: number } {
  const end = zip.subarray(Math.max(zip.length - 22, 0));
  if (end.length < 22 || end.readUInt32LE(0) !== 0x06054b50) {
    throw new ArchiveError("it does not end as a zip archive without a comment does");
  }
  const [disk, directoryDisk, here, count] = [4, 6, 8, 10].map((at) => end.readUInt16LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const length = end.readUInt32LE(12);
  const start = end.readUInt32LE(16);
  if (disk || directoryDisk || here !== count || end.readUInt16LE(20)) {
    throw new ArchiveError("it has several parts or a comment");
  }
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff) {
    throw new ArchiveError("it is in the zip64 format");
  }
  if (start + length + 22 !== zip.length) throw new ArchiveError("its table of contents is not where it says");
  if (count === 0 || count > mostEntries) {
    throw new ArchiveError(`it has ${count} entries; 1 to ${mostEntries} are allowed`);
  }
  if (length > mostDirectoryBytes) {
    throw new ArchiveError(`its table of contents has more than ${mostDirectoryBytes} bytes`);
  }
  return { directory: zip.subarray(start, start + length), count, start };
}

function rowsOf(directory: Buffer, count: number): Row[] {
  const rows: Row[] = [];
  let position = 0;
  for (let index = 0; index < count; index++) {
    const head = directory.subarray(position, position + 46);
    if (head.length < 46 || head.readUInt32LE(0) !== 0x02014b50) {
      throw new ArchiveError("its table of contents is cut off");
    }
    const nameEnd = position + 46 + head.readUInt16LE(28);
    const extraEnd = nameEnd + head.readUInt16LE(30);
    const row: Row = {
      name: directory.subarray(position + 46, nameEnd),
      flags: head.readUInt16LE(8),
      method: head.readUInt16LE(10),
      crc: head.readUInt32LE(16),
      packed: head.readUInt32LE(20),
      size: head.readUInt32LE(24),
      attributes: head.readUInt32LE(38),
      header: head.readUInt32LE(42),
    };
    checkExtra(row.name, directory.subarray(nameEnd, extraEnd));
    if (head.readUInt16LE(34) !== 0 || [row.packed, row.size, row.header].includes(0xffffffff)) {
      throw new ArchiveError(`${quoted(row.name)} is in the zip64 format or in another part`);
    }
    rows.push(row);
    position = extraEnd + head.readUInt16LE(32);
  }
  if (position !== directory.length) {
    throw new ArchiveError("its table of contents has another length than its entries");
  }
  return rows;
}

/** Refuses the extra fields that would change an entry's name or sizes, or make it a link. */
function checkExtra(name: Buffer, extra: Buffer): void {
  let position = 0;
  while (position + 4 <= extra.length) {
    const kind = extra.readUInt16LE(position);
    if (kind === zip64Field || kind === unicodePathField) {
      throw new ArchiveError(`${quoted(name)} has an extra field that gives it other sizes or another name`);
    }
    if (kind === unixLinkField) {
      throw new ArchiveError(`${quoted(name)} has an extra field that can make it a hard link`);
    }
    position += 4 + extra.readUInt16LE(position + 2);
  }
  if (position !== extra.length) throw new ArchiveError(`${quoted(name)} has a broken extra field`);
}

/** The entry, and where the next one must start: entries neither overlap nor leave gaps. */
function checkedEntry(data: Buffer, row: Row, position: number): { entry: Entry; end: number } {
  const name = checkedName(row.name, (row.flags & utf8) !== 0);
  const refuse = (why: string) => new ArchiveError(`${quoted(name)} ${why}`);
  if ((row.flags & ~(deflateOptions | descriptorFollows | utf8)) !== 0) {
    throw refuse(`is encrypted or uses an unknown feature (flags 0x${row.flags.toString(16).padStart(4, "0")})`);
  }
  if (row.method !== stored && row.method !== deflated) {
    throw refuse(`is packed by method ${row.method}; only stored and deflated are allowed`);
  }
  if (row.method === stored && row.packed !== row.size) throw refuse("is stored, but its two sizes differ");
  if (name.endsWith("/") && row.size > 0) throw refuse("is a folder with content");
  checkMode(name, row.attributes);
  if (row.header !== position) throw refuse("overlaps another entry or lies behind a gap");
  const start = checkLocalHeader(data, name, row);
  let end = start + row.packed;
  if ((row.flags & descriptorFollows) !== 0) end += checkDescriptor(data, name, row, end);
  if (end > data.length) throw refuse("reaches beyond the archive's entries");
  const { method, crc, packed, size } = row;
  return { entry: { name, method, crc, packed, size, start }, end };
}

/** Where the entry's data starts; refuses a local header that differs from the table of contents. */
function checkLocalHeader(data: Buffer, name: string, row: Row): number {
  const head = data.subarray(row.header, row.header + 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) {
    throw new ArchiveError(`${quoted(name)} has no local header`);
  }
  const nameEnd = row.header + 30 + head.readUInt16LE(26);
  const start = nameEnd + head.readUInt16LE(28);
  if (start > data.length) throw new ArchiveError(`${quoted(name)} has a local header that is cut off`);
  checkExtra(row.name, data.subarray(nameEnd, start));
  const sizes = [14, 18, 22].map((at) => head.readUInt32LE(at)).join();
  const later = (row.flags & descriptorFollows) !== 0 && sizes === "0,0,0";
  const same =
    row.name.equals(data.subarray(row.header + 30, nameEnd)) &&
    head.readUInt16LE(6) === row.flags &&
    head.readUInt16LE(8) === row.method &&
    (later || sizes === [row.crc, row.packed, row.size].join());
  if (!same) throw new ArchiveError(`${quoted(name)} has two headers that differ`);
  return start;
}

/** The length of the descriptor behind the data, with or without its optional signature. */
function checkDescriptor(data: Buffer, name: string, row: Row, position: number): number {
  const expected = Buffer.alloc(16);
  [0x08074b50, row.crc, row.packed, row.size].forEach((value, index) => expected.writeUInt32LE(value, index * 4));
  if (data.subarray(position, position + 16).equals(expected)) return 16;
  if (data.subarray(position, position + 12).equals(expected.subarray(4))) return 12;
  throw new ArchiveError(`${quoted(name)} has a data descriptor that differs from its headers`);
}
