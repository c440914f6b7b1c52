import assert from "node:assert/strict";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../archive/zip.ts";
import { shared } from "./support/setup.ts";

import { assertFailed, receiveBench, shells } from "./support/receive.ts";

for (const [name, provide] of Object.entries(shells)) {
  describe(`knflow-receive: ${name}`, () => {
    const bench = receiveBench(provide);
    const { run, leftOvers, content, digest, object } = bench;

    describe("--remove", () => {
      const now = () => Math.floor(Date.now() / 1000);
      const other = `wordcount/wordcount-${sha256(Buffer.from("other"))}.zip`;
      beforeEach(async () => {
        await run([object, digest]);
        await run([other, sha256(Buffer.from("other"))], Buffer.from("other"));
        await utimes(join(bench.volume, other), 1000, 1000);
      });
      const remove = (before: number, ...names: string[]) =>
        run(["--remove", String(before)], Buffer.from(names.map((each) => `${each}\n`).join("")));

      it("--list --long gives the time of the last push, what uploads left, and the moment before all that", async () => {
        await writeFile(join(bench.volume, ".incoming", "upload.aB3xyz"), "half");
        await utimes(join(bench.volume, ".incoming", "upload.aB3xyz"), 2000, 2000);
        await writeFile(join(bench.volume, "orders", "pack.zip"), "");
        const { mtimeMs } = await lstat(join(bench.volume, object));
        const result = await run(["--list", "--long"], undefined);
        assert.deepEqual([result.stderr, result.exitCode], ["", 0]);
        const [first, ...lines] = result.stdout.split("\n");
        assert.match(String(first), /^now \d+$/);
        assert.ok(Math.abs(Number(first?.slice(4)) - now()) < 60);
        assert.deepEqual(lines.sort(), [
          ".incoming/upload.aB3xyz 4 2000",
          `${object} ${content.length} ${Math.floor(mtimeMs / 1000)}`,
          `${other} 5 1000`,
        ]);
      });

      it("removes what was last pushed before then, keeps what was not, and takes empty folders along", async () => {
        const result = await remove(now() - 60, object, other, other);
        assert.deepEqual([result.stderr, result.exitCode], ["", 0]);
        assert.deepEqual(result.stdout.split("\n"), [`kept ${object}`, `removed ${other} 5`, `absent ${other}`]);
        assert.deepEqual((await readdir(bench.volume)).sort(), [".incoming", ".lock", "orders"]);
        assert.equal((await run([object, digest])).stdout, "present");
        assert.equal((await run([other, sha256(Buffer.from("other"))], Buffer.from("other"))).stdout, "stored");
      });

      it("keeps what was pushed again meanwhile", async () => {
        const listed = now();
        for (const again of [
          ["--check", object, digest],
          [object, digest],
        ]) {
          await utimes(join(bench.volume, object), 1000, 1000);
          assert.equal((await run(again, content)).stdout, "present");
          assert.equal((await remove(listed, object)).stdout, `kept ${object}`);
        }
      });

      it("removes what an upload left an hour ago, whatever moment is given, and not what is under way", async () => {
        const [stale, fresh] = [".incoming/upload.stale1", ".incoming/upload.fresh1"];
        for (const file of [stale, fresh]) await writeFile(join(bench.volume, file), "half");
        await utimes(join(bench.volume, stale), now() - 3700, now() - 3700);
        const result = await remove(now() + 60, stale, fresh);
        assert.deepEqual(result.stdout.split("\n"), [`removed ${stale} 4`, `kept ${fresh}`]);
      });

      it("refuses names of anything else, and removes neither links nor folders", async () => {
        await writeFile(join(bench.volume, "..", "outside.zip"), "");
        for (const bad of [
          "",
          ".lock",
          "../outside.zip",
          `../${object}`,
          `.incoming/../${object}`,
          `${object}.partial`,
          "*",
        ]) {
          const result = await remove(now() + 60, bad);
          assert.deepEqual([result.exitCode, result.stdout], [2, ""], bad);
          assert.match(result.stderr, /^knflow-receive: this is no object's name: /);
        }
        const elsewhere = await mkdtemp(join(shared().folder, "elsewhere-"));
        await writeFile(join(elsewhere, `pack-${digest}.zip`), "");
        await symlink(elsewhere, join(bench.volume, "linked"));
        await symlink(join(elsewhere, `pack-${digest}.zip`), join(bench.volume, "orders", `link-${digest}.zip`));
        await mkdir(join(bench.volume, "orders", `folder-${digest}.zip`));
        const names = [`linked/pack-${digest}.zip`, `orders/link-${digest}.zip`, `orders/folder-${digest}.zip`];
        const result = await remove(now() + 60, ...names);
        assert.deepEqual(
          result.stdout.split("\n"),
          names.map((each) => `kept ${each}`),
        );
        assert.deepEqual(await readdir(elsewhere), [`pack-${digest}.zip`]);
      });

      it("takes no folders that are not a workflow's", async () => {
        await mkdir(join(bench.volume, "lost+found"));
        await mkdir(join(bench.volume, "left-empty"));
        await remove(now() - 60);
        assert.deepEqual((await readdir(bench.volume)).sort(), [
          ".incoming",
          ".lock",
          "lost+found",
          "orders",
          "wordcount",
        ]);
      });

      it("says how it is called, and where there is no volume", async () => {
        for (const bad of [["--remove"], ["--remove", "now"], ["--remove", "-1"], ["--remove", "1", object]]) {
          assert.equal((await run(bad)).exitCode, 2);
        }
        await rm(bench.volume, { recursive: true });
        assertFailed(await remove(now()), /cannot read .*volume-/);
      });

      it("20 pushes and 20 removals at once: what a push called present or stored is there", async () => {
        for (let turn = 0; turn < 2; turn++) {
          await utimes(join(bench.volume, object), 1000, 1000).catch(() => undefined);
          const before = now() - 5;
          const pushes = Array.from({ length: 20 }, (_, n) =>
            n % 2 === 0 ? run([object, digest, String(content.length)]) : run(["--check", object, digest], undefined),
          );
          const removals = Array.from({ length: 20 }, () => remove(before, object));
          const told = (await Promise.all(pushes)).map(({ exitCode, stdout }) => `${exitCode} ${stdout}`);
          for (const each of told) assert.match(each, /^(0 (stored|present|replaced)|3 (absent|damaged))$/);
          await Promise.all(removals);
          assert.deepEqual(await readFile(join(bench.volume, object)), content);
          assert.deepEqual(await leftOvers(), []);
        }
      });
    });
  });
}
