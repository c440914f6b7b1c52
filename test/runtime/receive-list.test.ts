import assert from "node:assert/strict";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../archive/zip.ts";

import { assertFailed, receiveBench, shells } from "./support/receive.ts";

for (const [name, provide] of Object.entries(shells)) {
  describe(`knflow-receive: ${name}`, () => {
    const bench = receiveBench(provide);
    const { run, content, digest, object } = bench;

    describe("--list", () => {
      const other = `wordcount/wordcount-${sha256(Buffer.from("other"))}.zip`;
      beforeEach(async () => {
        await run([object, digest]);
        await run([other, sha256(Buffer.from("other"))], Buffer.from("other"));
      });
      const list = async (...more: string[]) => {
        const result = await run(["--list", ...more], undefined);
        assert.deepEqual([result.stderr, result.exitCode], ["", 0]);
        return result.stdout.split("\n").filter((line) => line !== "");
      };
      const lines = [`${object} ${content.length}`, `${other} 5`];

      it("names objects with their sizes, and nothing else that is there", async () => {
        await mkdir(join(bench.volume, ".incoming"), { recursive: true });
        await writeFile(join(bench.volume, ".incoming", `x-${digest}.zip`), "half");
        await writeFile(join(bench.volume, "orders", `pack-${digest}.zip.partial`), "");
        await writeFile(join(bench.volume, "orders", `a b-${digest}.zip`), "");
        await symlink("/etc/passwd", join(bench.volume, "orders", `link-${digest}.zip`));
        await mkdir(join(bench.volume, "orders", `folder-${digest}.zip`));
        assert.deepEqual((await list()).sort(), lines);
        assert.deepEqual((await list("--verify")).sort(), lines);
        await rm(join(bench.volume, other));
        assert.deepEqual(await list(), [lines[0]]);
      });

      it("is empty on an empty volume, and an error where there is none", async () => {
        await rm(bench.volume, { recursive: true });
        assertFailed(await run(["--list"], undefined), /cannot read .*volume-/);
        await mkdir(bench.volume);
        assert.deepEqual(await list(), []);
        assert.equal((await run(["--list", "--all"], undefined)).exitCode, 2);
      });

      it("--verify finds damage, which is suspect from then on, until it is pushed again", async () => {
        await chmod(join(bench.volume, object), 0o644);
        await writeFile(
          join(bench.volume, object),
          content.map((byte) => byte ^ 1),
        );
        assert.deepEqual((await list()).sort(), lines);
        assert.deepEqual((await list("--verify")).sort(), [`${lines[0]} damaged`, lines[1]]);
        assert.deepEqual((await list()).sort(), [`${lines[0]} suspect`, lines[1]]);
        assert.equal((await run([object, digest])).stdout, "replaced");
        assert.deepEqual((await list()).sort(), lines);
      });

      it("what is called suspect stays so, whole as it may be, until it is pushed again", async () => {
        const called = await run(["--suspect", object], undefined);
        assert.deepEqual([called.stdout, called.stderr, called.exitCode], ["", "", 0]);
        assert.deepEqual((await list()).sort(), [`${lines[0]} suspect`, lines[1]]);
        assert.deepEqual((await list("--verify")).sort(), [`${lines[0]} suspect`, lines[1]]);
        assertFailed(await run([object, digest, "1"], Buffer.alloc(0)).then(() => run(["--suspect", "x"])), /named/, 2);
        assert.deepEqual((await list()).sort(), lines);
      });

      it("what is not there can be called suspect, and does not come by it", async () => {
        await rm(join(bench.volume, other));
        assert.equal((await run(["--suspect", other], undefined)).exitCode, 0);
        assert.deepEqual(await list(), [lines[0]]);
      });
    });
  });
}
