import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip made by hand; every field can be made to lie. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  readonly method?: number;
  /** General purpose flags; 0x0800 (UTF-8) unless given. */
  readonly flags?: number;
  /** The Unix mode; a plain file, rw-r--r--, unless given. */
  readonly mode?: number;
  readonly extra?: Buffer;
  /** The entry's comment in the table of contents. */
  readonly comment?: Buffer;
  /** What the data is, in place of the packed content. */
  readonly data?: Buffer;
  /** Sizes and checksum in both headers. */
  readonly size?: number;
  readonly packed?: number;
  readonly crc?: number;
  /** What only the local header says. */
  readonly local?: {
    name?: string;
    size?: number;
    packed?: number;
    crc?: number;
    method?: number;
    flags?: number;
    extra?: Buffer;
  };
  /** Where the central directory says that the local header is. */
  readonly offset?: number;
  /** Written behind the data, as with flag 0x0008. */
  readonly descriptor?: Buffer;
  /** Bytes before the local header that belong to nothing. */
  readonly gap?: Buffer;
}

/** What the end record can be made to say. */
export interface RawEnd {
  readonly comment?: string;
  readonly count?: number;
  readonly directorySize?: number;
  readonly directoryOffset?: number;
  readonly disk?: number;
  /** Bytes between the last entry and the central directory. */
  readonly gap?: Buffer;
}

/** A zip with exactly these fields: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3 */
export function rawZip(entries: readonly RawEntry[], end: RawEnd = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  const add = (...buffers: Buffer[]): void => {
    for (const buffer of buffers) {
      parts.push(buffer);
      position += buffer.length;
    }
  };
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? "");
    const method = entry.method ?? 0;
    const data = entry.data ?? (method === 8 ? deflateRawSync(content) : content);
    const flags = entry.flags ?? 0x0800;
    const crc = entry.crc ?? crc32(content);
    const packed = entry.packed ?? data.length;
    const size = entry.size ?? content.length;
    const extra = entry.extra ?? Buffer.alloc(0);
    const local = { name, flags, method, crc, packed, size, extra, ...entry.local };
    const localName = Buffer.from(local.name);
    add(entry.gap ?? Buffer.alloc(0));
    const offset = position;
    add(
      fields(
        "LHHHHHLLLHH",
        0x04034b50,
        20,
        local.flags,
        local.method,
        0,
        0x21,
        local.crc,
        local.packed,
        local.size,
        localName.length,
        local.extra.length,
      ),
      localName,
      local.extra,
      data,
      entry.descriptor ?? Buffer.alloc(0),
    );
    const attributes = ((entry.mode ?? (name.at(-1) === 0x2f ? 0o40755 : 0o100644)) << 16) >>> 0;
    directory.push(
      fields(
        "LHHHHHHLLLHHHHHLL",
        0x02014b50,
        0x0314,
        20,
        flags,
        method,
        0,
        0x21,
        crc,
        packed,
        size,
        name.length,
        extra.length,
        entry.comment?.length ?? 0,
        0,
        0,
        attributes,
        entry.offset ?? offset,
      ),
      name,
      extra,
      entry.comment ?? Buffer.alloc(0),
    );
  }
  add(end.gap ?? Buffer.alloc(0));
  const start = position;
  add(...directory);
  const comment = Buffer.from(end.comment ?? "");
  const count = end.count ?? entries.length;
  add(
    fields(
      "LHHHHLLH",
      0x06054b50,
      end.disk ?? 0,
      end.disk ?? 0,
      count,
      count,
      end.directorySize ?? position - start,
      end.directoryOffset ?? start,
      comment.length,
    ),
    comment,
  );
  return Buffer.concat(parts);
}

/** A descriptor as it follows the data of an entry with flag 0x0008. */
export function descriptor(content: string, options: { signature: boolean; size?: number }): Buffer {
  const body = fields("LLL", crc32(content), content.length, options.size ?? content.length);
  return options.signature ? Buffer.concat([fields("L", 0x08074b50), body]) : body;
}

/** An extra field. */
export function extraField(kind: number, data: Buffer): Buffer {
  return Buffer.concat([fields("HH", kind, data.length), data]);
}

/** Little-endian numbers: `H` two bytes, `L` four. */
function fields(format: string, ...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value, index) => {
      const buffer = Buffer.alloc(format[index] === "H" ? 2 : 4);
      buffer.writeUIntLE(value, 0, buffer.length);
      return buffer;
    }),
  );
}
