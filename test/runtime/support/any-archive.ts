import fc from "fast-check";
import type { SourceFile } from "../../../archive/source-tree.ts";
import { packZip } from "../../../archive/zip.ts";
import { descriptor, extraField, rawZip, type RawEntry, type RawEnd } from "./raw-zip.ts";

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 30): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });

/** Parts of names that have once misled an unpacker, and a few plain ones that meet each other often. */
const part = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("a", "b", "c", "main.py", "lib", "x y", "größe", "日本", "😀", "ꟁ", "е") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        "A",
        "MAIN.PY",
        "ü",
        "u\u0308",
        "Ü",
        "ß",
        "ẞ",
        "ς",
        "σ",
        "Σ",
        "İ",
        "i\u0307",
        "K",
        "\u212a",
        "k",
        "Ꟁ",
        "\u1e9e",
      ],
      ...[
        "か\u3099",
        "が",
        "𐵐",
        "𐵰",
        "\u0897\u0301",
        "\u0301\u0897",
        "\ufeff",
        "\u200b",
        "CON",
        "a.",
        "a ",
        "$(id)",
        "-rf",
      ],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", ".", "..", "...", "C:", "c:x", "a\\b", "a\0", "\n", "\x7f", "\x80", "x".repeat(256)),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
);

const name: fc.Arbitrary<string | Buffer> = mostly<string | Buffer>(
  fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), mostly(fc.constant(""), fc.constantFrom("/", "//"), 6))
    .map(([parts, end]) => parts.join("/") + end),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
);

const content = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "def handler(event):\n    return event\n", "x".repeat(5000)),
);

const extra = fc.oneof(
  { weight: 20, arbitrary: fc.constant(Buffer.alloc(0)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(0x5455, 0x7875, 0x5855, 0xcafe), fc.uint8Array({ maxLength: 6 }))
      .map(([kind, data]) => extraField(kind, Buffer.from(data))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(0x0001, 0x000d, 0x7075), fc.uint8Array({ maxLength: 14 }))
      .map(([kind, data]) => Buffer.concat([extraField(0x5455, Buffer.alloc(1)), extraField(kind, Buffer.from(data))])),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
);

const mode: fc.Arbitrary<Pick<RawEntry, "mode">> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  { weight: 6, arbitrary: fc.nat(0o777).map((mode) => ({ mode })) },
  { weight: 4, arbitrary: fc.nat(0o777).map((bits) => ({ mode: 0o100000 | bits })) },
  { weight: 1, arbitrary: fc.nat(0xffff).map((mode) => ({ mode })) },
);
const lie = fc.constantFrom(0, 1, 2, 40, 0xffff, 0xfffffffe, 0xffffffff);

/** An entry that is sound more often than not. */
const entry: fc.Arbitrary<RawEntry> = fc
  .record({
    name,
    content,
    method: mostly(fc.constantFrom(0, 8), fc.nat(20)),
    mode,
    extra,
    flags: mostly(fc.constantFrom(0x0800, 0x0806), fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 1, 0x2800, 0x0841))),
    lies: mostly<Partial<RawEntry>>(
      fc.constant({}),
      fc.oneof(
        fc.record({ size: lie, packed: lie, crc: lie, offset: lie }, { requiredKeys: [] }),
        fc.record({
          local: fc.record(
            { size: lie, packed: lie, crc: lie, flags: lie.map((n) => n % 0x10000) },
            { requiredKeys: [] },
          ),
        }),
        fc.record({ local: fc.record({ name: fc.string(), method: fc.nat(9), extra }, { requiredKeys: [] }) }),
        fc.record({ gap: fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)) }),
        fc.record({ data: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) }),
        fc.record({ comment: fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)) }),
      ),
      12,
    ),
    later: mostly(fc.constant<boolean | undefined>(undefined), fc.boolean(), 8),
  })
  .map(({ lies, later, mode, ...fields }): RawEntry => {
    if (later === undefined) return { ...fields, ...mode, ...lies };
    // The sizes stand behind the data; stored, so that the descriptor is easily right.
    const behind = descriptor(fields.content, { signature: later });
    return {
      ...fields,
      ...mode,
      method: 0,
      flags: 0x0808,
      descriptor: behind,
      local: { size: 0, packed: 0, crc: 0 },
      ...lies,
    };
  });

const end: fc.Arbitrary<RawEnd> = mostly<RawEnd>(
  fc.constant({}),
  fc.record(
    {
      comment: fc.string({ maxLength: 3 }),
      count: lie.map((n) => n % 0x10000),
      directorySize: lie,
      directoryOffset: lie,
      disk: fc.nat(2),
      gap: fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    },
    { requiredKeys: [] },
  ),
);

/** An archive made by hand: no entry or many, some of them twice. */
export const rawArchive: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(entry, { maxLength: 5 }), mostly(fc.constant(0), fc.nat(2)), end)
  .map(([entries, again, end]) => rawZip([...entries, ...entries.slice(0, again)], end));

/** What a function's folder could hold, whether or not the packer takes it. */
export const sourceFiles: fc.Arbitrary<SourceFile[]> = fc.uniqueArray(
  fc.record({
    path: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    content: content.map((text) => Buffer.from(text)),
    executable: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6, selector: ({ path }) => path },
);

const edit = fc.record({
  at: fc.nat(0xffff),
  from: fc.nat(0xffff),
  length: mostly(fc.constant(1), fc.nat(60), 3),
  to: fc.nat(0xff),
  kind: mostly(fc.constantFrom("set", "flip"), fc.constantFrom("cut", "copy", "insert"), 4),
});

/** An archive of the packer with bytes that were changed, cut out or copied. */
export const damagedZip: fc.Arbitrary<Promise<Buffer>> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom("main.py", "lib/a.py", "lib/größe", "b"), { minLength: 1 }),
    fc.array(edit, { minLength: 1, maxLength: 3 }),
  )
  .map(async ([paths, edits]) => {
    let zip = await packZip(paths.map((path) => ({ path, content: Buffer.from(`# ${path}\n`) })));
    for (const { at, from, length, to, kind } of edits)
      zip = edited(zip, at % zip.length, from % zip.length, length, to, kind);
    return zip;
  });

function edited(zip: Buffer, at: number, from: number, length: number, to: number, kind: string): Buffer {
  const changed = Buffer.from(zip);
  switch (kind) {
    case "set":
      changed[at] = to;
      return changed;
    case "flip":
      changed[at] = (changed[at] ?? 0) ^ (1 << (to % 8));
      return changed;
    case "copy":
      zip.copy(changed, at, from, from + length);
      return changed;
    case "insert":
      return Buffer.concat([zip.subarray(0, at), zip.subarray(from, from + length), zip.subarray(at)]);
    default:
      return Buffer.concat([zip.subarray(0, at), zip.subarray(Math.min(at + length, zip.length - 1))]);
  }
}

/** Each letter with what Node.js takes for its other case, its other composition, and beside a mark. */
export function foldingNames(): [string, string][] {
  const pairs: [string, string][] = [];
  for (let point = 0x20; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const letter = String.fromCodePoint(point);
    const forms = [letter.toLowerCase(), letter.toUpperCase(), letter.normalize("NFC"), letter.normalize("NFD")];
    for (const other of new Set(forms)) if (other !== letter) pairs.push([letter, other]);
    if (/\p{M}/u.test(letter))
      pairs.push([`${letter}\u0301`, `\u0301${letter}`], [`a${letter}`, `a${letter}`.normalize("NFC")]);
  }
  return pairs;
}
