import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { packZip } from "../../archive/zip.ts";
import { tell } from "../../scripts/evidence.ts";
import { archiveCases } from "./archive-cases.ts";
import { languages } from "./support/languages.ts";
import { rawZip } from "./support/raw-zip.ts";
import { Unpacker } from "./support/unpacker.ts";

for (const { name: language } of languages) {
  describe(`archives: ${language}`, () => {
    let unpacker: Unpacker;
    const refusals: number[] = [];

    before(async () => {
      unpacker = await Unpacker.start(language);
    });

    after(async () => {
      await unpacker.stop();
      const slowest = Math.round(Math.max(...refusals) * 1000);
      tell("S3", `${language}: ${refusals.length} bad archives, bombs among them, refused within ${slowest} ms each`);
    });

    for (const { name, zip, refused } of archiveCases) {
      it(`${refused ? "refuses" : "unpacks"} ${name}`, async () => {
        const { error, folder, seconds } = await unpacker.unpack(zip());
        if (refused) {
          assert.match(error ?? "(unpacked)", refused);
          assert.equal(existsSync(folder), false, "nothing is in place");
          refusals.push(seconds);
          assert.ok(seconds < 2, `the verdict took ${seconds} s`);
        } else {
          assert.equal(error, null);
          assert.match(await readFile(join(folder, "main.py"), "utf8"), /def handler/);
        }
      });
    }

    it("gives plain modes, whatever the archive says", async () => {
      const modes = {
        "run.sh": 0o100711,
        "secret.txt": 0o100000,
        "open.txt": 0o100777,
        "group.sh": 0o100655,
        "dir/": 0o040000,
      };
      const { folder } = await unpacker.unpack(rawZip(Object.entries(modes).map(([name, mode]) => ({ name, mode }))));
      const given = async (name: string) => ((await lstat(join(folder, name))).mode & 0o7777).toString(8);
      assert.equal(await given("run.sh"), "755");
      assert.equal(await given("secret.txt"), "644");
      assert.equal(await given("open.txt"), "755");
      assert.equal(await given("group.sh"), "644", "the owner's bit counts");
      assert.equal(await given("dir"), "755");
    });

    it("unpacks what the packer packs, byte for byte", async () => {
      const part = fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
        .filter((name) => /^[^\p{C}/\\.:]+$/u.test(name));
      const tree = fc.dictionary(
        fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
        fc.uint8Array({ maxLength: 300 }),
        { minKeys: 1, maxKeys: 8 },
      );
      await fc.assert(
        fc.asyncProperty(tree, async (files) => {
          const paths = Object.keys(files);
          const folded = new Set(
            paths.flatMap((path) => prefixes(path)).map((path) => path.normalize("NFC").toLowerCase()),
          );
          const distinct = new Set(paths.flatMap((path) => prefixes(path)));
          fc.pre(
            folded.size === distinct.size &&
              paths.every((path) => !paths.some((other) => other.startsWith(`${path}/`))),
          );
          const zip = await packZip(paths.map((path) => ({ path, content: Buffer.from(files[path] ?? []) })));
          const { error, folder } = await unpacker.unpack(zip);
          assert.equal(error, null);
          const found = await readdir(folder, { recursive: true, withFileTypes: true });
          assert.equal(found.filter((entry) => entry.isFile()).length, paths.length);
          for (const path of paths)
            assert.deepEqual(await readFile(join(folder, path)), Buffer.from(files[path] ?? []));
        }),
        { numRuns: 50 },
      );
    });

    it("never unpacks a damaged archive, and never fails in another way", async () => {
      const zip = rawZip([
        { name: "main.py", content: "x = 1\n".repeat(20), method: 8 },
        { name: "a/b.txt", content: "plain" },
      ]);
      const damage = fc.array(fc.record({ at: fc.nat(zip.length - 1), to: fc.nat(255) }), {
        minLength: 1,
        maxLength: 4,
      });
      await fc.assert(
        fc.asyncProperty(damage, async (changes) => {
          const damaged = Buffer.from(zip);
          for (const { at, to } of changes) damaged[at] = to;
          const { error, folder, kind } = await unpacker.unpack(damaged);
          assert.ok(error === null || kind === "ArchiveError", `${kind}: ${error}`);
          assert.equal(existsSync(folder), error === null);
        }),
        { numRuns: 300 },
      );
    });

    it("counts what it inflates: memory stays small, whatever an archive holds", async () => {
      // In a process of its own: what one has used before counts too.
      const fresh = await Unpacker.start(language);
      const { error, peakKilobytes } = await fresh.unpack(
        rawZip([{ name: "big", content: Buffer.alloc(200 * 1024 * 1024, "0123456789abcdef"), method: 0 }]),
      );
      await fresh.stop();
      assert.equal(error, null);
      // Node's reader holds the archive, and one file of it.
      assert.ok(peakKilobytes < (language === "node" ? 500_000 : 100_000), `${peakKilobytes} KB`);
    });
  });
}

function prefixes(path: string): string[] {
  return path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
}
