import { deflateRawSync } from "node:zlib";
import { descriptor, extraField, rawZip, type RawEntry } from "./support/raw-zip.ts";

/**
 * Archives and the verdict on them: one table for every unpacker. The bad ones are refused before anything of them is in
 * place; their sha256 is always right, since whoever can push an archive can name it.
 */
export interface ArchiveCase {
  readonly name: string;
  readonly zip: () => Buffer;
  /** What the refusal says; undefined: the archive is sound. */
  readonly refused?: RegExp;
}

const code = "def handler(event):\n    return event\n";
const main: RawEntry = { name: "main.py", content: code };
const zeros = Buffer.alloc(2 * 1024 * 1024);

function withEntry(entry: RawEntry): () => Buffer {
  return () => rawZip([main, entry]);
}

const sound: ArchiveCase[] = [
  { name: "stored", zip: () => rawZip([main]) },
  { name: "deflated", zip: () => rawZip([{ ...main, method: 8 }]) },
  {
    name: "folders as entries, before and after their files",
    zip: () => rawZip([{ name: "a/b/" }, { name: "a/b/c" }, main, { name: "a/" }]),
  },
  {
    name: "an empty file and one of 300 KB",
    zip: () => rawZip([main, { name: "e" }, { name: "f", content: "x".repeat(300_000), method: 8 }]),
  },
  { name: "names in other scripts", zip: withEntry({ name: "größe/日本 😀.txt", content: "x" }) },
  { name: "an ASCII name not marked as UTF-8", zip: withEntry({ name: "x", flags: 0 }) },
  { name: "no mode at all", zip: withEntry({ name: "x", mode: 0 }) },
  { name: "a mode without a type", zip: withEntry({ name: "x", mode: 0o600 }) },
  { name: "time stamps in extra fields", zip: withEntry({ name: "x", extra: extraField(0x5455, Buffer.alloc(5)) }) },
  ...[true, false].map((signature) => ({
    name: `sizes behind the data, ${signature ? "with" : "without"} a signature`,
    zip: () =>
      rawZip([
        { ...main, flags: 0x0808, descriptor: descriptor(code, { signature }), local: { size: 0, packed: 0, crc: 0 } },
      ]),
  })),
  {
    name: "letters of scripts whose case not every Unicode knows",
    zip: () =>
      rawZip([main, ...["ⰯA", "ⱟA", "𐵐", "𐵰", "ᏸ", "Ᏸ", "x\u0897\u0301", "x\u0301\u0897"].map((name) => ({ name }))]),
  },
  { name: "10,000 folders", zip: () => rawZip([main, ...deepFolders(10_000)]) },
  {
    name: "a bit of everything that is repetitive",
    zip: withEntry({ name: "z", content: zeros.subarray(0, 900_000), method: 8 }),
  },
];

/** Files that lie in so many folders in all, 500 inside each other. */
function deepFolders(count: number): RawEntry[] {
  return Array.from({ length: count / 500 }, (_, index) => ({ name: `${index}/${"a/".repeat(499)}x` }));
}

const names: ArchiveCase[] = [
  ...["../evil", "a/../../evil", "a/..", "..", "./a", "a/./b", "a//b", "/etc/passwd", "//a", ""].map((name) => ({
    name: `the name ${JSON.stringify(name)}`,
    zip: withEntry({ name, mode: 0o100644 }),
    refused: /absolute|empty|'\.\.'/,
  })),
  ...["..\\evil", "a\\b", "\\\\host\\share"].map((name) => ({
    name: `the name ${JSON.stringify(name)}`,
    zip: withEntry({ name }),
    refused: /backslash/,
  })),
  ...["C:/evil", "c:evil", "Z:"].map((name) => ({
    name: `the name ${JSON.stringify(name)}`,
    zip: withEntry({ name }),
    refused: /absolute/,
  })),
  ...["a\0b", "a\nb", "a\x1b[31m", "\x7f"].map((name) => ({
    name: `the name ${JSON.stringify(name)}`,
    zip: withEntry({ name }),
    refused: /control character/,
  })),
  { name: "a name that is no UTF-8", zip: withEntry({ name: Buffer.from([0x61, 0xff]) }), refused: /not UTF-8/ },
  { name: "a name that is not marked as UTF-8", zip: withEntry({ name: "größe", flags: 0 }), refused: /not ASCII/ },
  { name: "a name of 256 bytes", zip: withEntry({ name: "x".repeat(256) }), refused: /too long/ },
  { name: "a path of 1,025 bytes", zip: withEntry({ name: "x/".repeat(512) + "x" }), refused: /too long/ },
  { name: "a name twice", zip: () => rawZip([main, { name: "x" }, { name: "x" }]), refused: /twice/ },
  { name: "a folder twice", zip: () => rawZip([main, { name: "x/" }, { name: "x/" }]), refused: /twice/ },
  {
    name: "a file and a folder",
    zip: () => rawZip([main, { name: "x" }, { name: "x/y" }]),
    refused: /file and a folder|twice/,
  },
  {
    name: "a folder and a file",
    zip: () => rawZip([main, { name: "x/y" }, { name: "x" }]),
    refused: /file and a folder|twice/,
  },
  { name: "names that differ in case", zip: () => rawZip([main, { name: "Main.py" }]), refused: /differ in case/ },
  {
    name: "folders that differ in case",
    zip: () => rawZip([main, { name: "A/x" }, { name: "a/y" }]),
    refused: /differ in case/,
  },
  {
    name: "names that differ in composition",
    zip: () => rawZip([main, { name: "ü" }, { name: "u\u0308" }]),
    refused: /differ in case or composition/,
  },
  ...[
    ["STRAẞE", "straße"],
    ["ὈΔΟΣ", "ὀδοσ"],
    ["がぎ", "か\u3099ぎ"],
    ["한글", "\u1112\u1161\u11ab글"],
    ["\u212a", "k"],
    ["Ⱟé", "Ⱟe\u0301"],
  ].map(([one = "", other = ""]) => ({
    name: `${one} and ${other}, which differ in case or composition`,
    zip: () => rawZip([main, { name: one }, { name: `${other}/x` }]),
    refused: /differ in case or composition/,
  })),
];

const kinds: ArchiveCase[] = [
  {
    name: "a symbolic link",
    zip: withEntry({ name: "link", content: "/etc/passwd", mode: 0o120777 }),
    refused: /neither a plain file/,
  },
  {
    name: "a symbolic link to a folder",
    zip: withEntry({ name: "link/", mode: 0o120777 }),
    refused: /neither a plain file/,
  },
  ...Object.entries({
    "a character device": 0o020666,
    "a block device": 0o060666,
    "a pipe": 0o010666,
    "a socket": 0o140666,
  }).map(([name, mode]) => ({ name, zip: withEntry({ name: "special", mode }), refused: /neither a plain file/ })),
  ...Object.entries({ "set-user-id": 0o104755, "set-group-id": 0o102755, sticky: 0o101755 }).map(([name, mode]) => ({
    name: `the ${name} bit`,
    zip: withEntry({ name: "special", mode }),
    refused: /set-user-id, set-group-id or sticky/,
  })),
  {
    name: "a folder by its mode, a file by its name",
    zip: withEntry({ name: "x", mode: 0o040755 }),
    refused: /neither a plain file/,
  },
  {
    name: "a file by its mode, a folder by its name",
    zip: withEntry({ name: "x/", mode: 0o100644 }),
    refused: /neither a plain file/,
  },
  { name: "a folder with content", zip: withEntry({ name: "x/", content: "y" }), refused: /folder with content/ },
];

kinds.push(
  ...[extraField(0x000d, Buffer.from("............main.py")), extraField(0x000d, Buffer.alloc(12))].flatMap((extra) => [
    {
      name: `a hard link, by an extra field of ${extra.length} bytes`,
      zip: withEntry({ name: "x", extra }),
      refused: /hard link/,
    },
    {
      name: `a hard link, by an extra field of ${extra.length} bytes in the local header only`,
      zip: withEntry({ name: "x", local: { extra } }),
      refused: /hard link/,
    },
  ]),
);

const lies: ArchiveCase[] = [
  { name: "an encrypted entry", zip: withEntry({ name: "x", flags: 0x0801 }), refused: /encrypted/ },
  { name: "a strongly encrypted entry", zip: withEntry({ name: "x", flags: 0x0841 }), refused: /encrypted/ },
  { name: "masked headers", zip: withEntry({ name: "x", flags: 0x2800 }), refused: /unknown feature/ },
  { name: "another packing method", zip: withEntry({ name: "x", method: 12 }), refused: /method 12/ },
  { name: "two names", zip: withEntry({ name: "x", local: { name: "y" } }), refused: /headers that differ/ },
  {
    name: "two sizes",
    zip: withEntry({ name: "x", content: "abc", local: { size: 2 } }),
    refused: /headers that differ/,
  },
  {
    name: "two checksums",
    zip: withEntry({ name: "x", content: "abc", local: { crc: 1 } }),
    refused: /headers that differ/,
  },
  {
    name: "two methods",
    zip: withEntry({ name: "x", content: "abc", local: { method: 8 } }),
    refused: /headers that differ/,
  },
  {
    name: "two sets of flags",
    zip: withEntry({ name: "x", content: "abc", local: { flags: 0 } }),
    refused: /headers that differ/,
  },
  { name: "a wrong checksum", zip: withEntry({ name: "x", content: "abc", crc: 1 }), refused: /wrong checksum/ },
  {
    name: "stored with two lengths",
    zip: withEntry({ name: "x", content: "abc", size: 4 }),
    refused: /two sizes differ/,
  },
  {
    name: "deflated, but shorter than it says",
    zip: withEntry({ name: "x", content: "abc", method: 8, size: 4 }),
    refused: /other sizes/,
  },
  {
    name: "deflated, but longer than it says",
    zip: withEntry({ name: "x", content: "abc", method: 8, size: 2 }),
    refused: /more than 2 bytes/,
  },
  {
    name: "deflated and cut off",
    zip: withEntry({ name: "x", content: "abc", method: 8, data: deflateRawSync("abc").subarray(0, -2) }),
    refused: /cut off|other sizes/,
  },
  {
    name: "deflated with bytes behind",
    zip: withEntry({
      name: "x",
      content: "abc",
      method: 8,
      data: Buffer.concat([deflateRawSync("abc"), Buffer.from("x")]),
    }),
    refused: /other sizes/,
  },
  {
    name: "deflated junk",
    zip: withEntry({ name: "x", content: "abc", method: 8, data: Buffer.alloc(8, 0xff) }),
    refused: /cannot be inflated/,
  },
  {
    name: "a descriptor that lies",
    zip: withEntry({
      name: "x",
      content: "abc",
      flags: 0x0808,
      descriptor: descriptor("abc", { signature: true, size: 9 }),
      local: { size: 0, packed: 0, crc: 0 },
    }),
    refused: /descriptor/,
  },
  {
    name: "a zip64 field",
    zip: withEntry({ name: "x", extra: extraField(1, Buffer.alloc(16)) }),
    refused: /other sizes or another name/,
  },
  {
    name: "a zip64 field in the local header only",
    zip: withEntry({ name: "x", local: { extra: extraField(1, Buffer.alloc(16)) } }),
    refused: /other sizes or another name/,
  },
  {
    name: "a second name in an extra field",
    zip: withEntry({ name: "x", extra: extraField(0x7075, Buffer.from("\x01....y")) }),
    refused: /another name/,
  },
  {
    name: "a broken extra field",
    zip: withEntry({ name: "x", extra: Buffer.from([1, 2, 3]) }),
    refused: /broken extra field/,
  },
  {
    name: "two entries with the same bytes",
    zip: () => rawZip([main, { name: "x", content: code, offset: 0 }]),
    refused: /overlaps|differ/,
  },
  { name: "an entry that points nowhere", zip: withEntry({ name: "x", offset: 100_000 }), refused: /overlaps|gap/ },
  {
    name: "bytes before the first entry",
    zip: () => rawZip([{ ...main, gap: Buffer.from("#!/bin/sh\n") }]),
    refused: /gap/,
  },
  { name: "bytes between entries", zip: withEntry({ name: "x", gap: Buffer.from("hidden") }), refused: /gap/ },
  {
    name: "bytes before the table of contents",
    zip: () => rawZip([main], { gap: Buffer.from("hidden") }),
    refused: /between the last entry/,
  },
];

const whole: ArchiveCase[] = [
  { name: "no zip", zip: () => Buffer.from("not a zip, but long enough to be one"), refused: /does not end as a zip/ },
  { name: "nothing", zip: () => Buffer.alloc(0), refused: /does not end as a zip/ },
  { name: "half a zip", zip: () => rawZip([main]).subarray(0, 60), refused: /does not end as a zip/ },
  { name: "no entries", zip: () => rawZip([]), refused: /0 entries/ },
  { name: "a comment", zip: () => rawZip([main], { comment: "hello" }), refused: /does not end as a zip/ },
  {
    name: "bytes behind the end",
    zip: () => Buffer.concat([rawZip([main]), Buffer.from("x")]),
    refused: /does not end as a zip/,
  },
  { name: "several parts", zip: () => rawZip([main], { disk: 1 }), refused: /several parts/ },
  { name: "more entries than there are", zip: () => rawZip([main], { count: 2 }), refused: /cut off/ },
  {
    name: "fewer entries than there are",
    zip: () => rawZip([main, { name: "x" }], { count: 1 }),
    refused: /another length/,
  },
  {
    name: "a table of contents elsewhere",
    zip: () => rawZip([main], { directoryOffset: 0 }),
    refused: /not where it says/,
  },
  { name: "zip64", zip: () => rawZip([main], { count: 0xffff }), refused: /zip64/ },
];

const bombs: ArchiveCase[] = [
  {
    name: "a file that inflates a thousandfold",
    zip: withEntry({ name: "bomb", content: zeros, method: 8 }),
    refused: /bomb/,
  },
  {
    name: "a file that inflates to more than it says",
    zip: withEntry({ name: "bomb", content: zeros, method: 8, size: 10 }),
    refused: /more than 10 bytes/,
  },
  {
    name: "a file that says to have 4 GB",
    zip: withEntry({ name: "bomb", content: "x", method: 8, size: 0xfffffffe }),
    refused: /more than 268435456 bytes in all/,
  },
  {
    name: "many files that are too much together",
    zip: () =>
      rawZip([
        main,
        ...Array.from({ length: 300 }, (_, i) => ({ name: `f${i}`, content: "x", method: 8, size: 1024 * 1024 })),
      ]),
    refused: /more than 268435456 bytes in all/,
  },
  {
    name: "10,001 entries",
    zip: () => rawZip([main, ...Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}` }))]),
    refused: /10001 entries; 1 to 10000/,
  },
  { name: "65,534 entries", zip: () => manyEntries(65_534), refused: /65534 entries; 1 to 10000/ },
  { name: "a million entries, by their number 16,960", zip: () => manyEntries(1_000_000), refused: /16960 entries/ },
  {
    name: "a million entries that say to be one",
    zip: () => manyEntries(1_000_000, 1),
    refused: /contents has more than/,
  },
  { name: "300,000 entries that say to be one", zip: () => manyEntries(300_000, 1), refused: /another length/ },
  {
    name: "a table of contents of 20 MB",
    zip: () =>
      rawZip([main, ...Array.from({ length: 320 }, (_, i) => ({ name: `f${i}`, comment: Buffer.alloc(0xffff, "x") }))]),
    refused: /contents has more than 16777216 bytes/,
  },
  { name: "10,500 folders", zip: () => rawZip([main, ...deepFolders(10_500)]), refused: /more than 10000 folders/ },
  {
    name: "five million folders",
    zip: () => rawZip([main, ...deepFolders(4_999_500)]),
    refused: /more than 10000 folders/,
  },
];

/** One entry, as often in the table of contents as is wanted; `said`: how many it says to have. */
function manyEntries(count: number, said = count % 0x10000): Buffer {
  const one = rawZip([{ name: "x" }]);
  const start = one.readUInt32LE(one.length - 6);
  const row = one.subarray(start, -22);
  const end = Buffer.from(one.subarray(-22));
  for (const at of [8, 10]) end.writeUInt16LE(said, at);
  end.writeUInt32LE(row.length * count, 12);
  return Buffer.concat([one.subarray(0, start), Buffer.alloc(row.length * count, row), end]);
}

export const archiveCases: readonly ArchiveCase[] = [...sound, ...names, ...kinds, ...lies, ...whole, ...bombs];
