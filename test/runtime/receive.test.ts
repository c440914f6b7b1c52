import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { sha256 } from "../../archive/zip.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";

import { assertFailed, receiveBench, shells } from "./support/receive.ts";

for (const [name, provide] of Object.entries(shells)) {
  describe(`knflow-receive: ${name}`, () => {
    const bench = receiveBench(provide);
    const { run, leftOvers, content, digest, object } = bench;

    it("stores an upload whole, under its name only, for all to read and none to write", async () => {
      const result = await run([object, digest, String(content.length)]);
      assert.deepEqual([result.stdout, result.stderr, result.exitCode], ["stored", "", 0]);
      assert.deepEqual(await readFile(join(bench.volume, object)), content);
      assert.equal((await lstat(join(bench.volume, object))).mode & 0o777, 0o444);
      assert.deepEqual(await leftOvers(), []);
    });

    it("takes it without a size, too", async () => {
      assert.equal((await run([object, digest])).stdout, "stored");
    });

    it("says that it is present and does not write it again, whatever is sent; its time is that of the last push", async () => {
      await run([object, digest]);
      const before = await lstat(join(bench.volume, object));
      const calls: [string[], Buffer | undefined][] = [
        [[object, digest, String(content.length)], content],
        [[object, digest, String(content.length)], Buffer.from("something else")],
        [[object, digest], Buffer.alloc(0)],
        [["--check", object, digest], undefined],
      ];
      for (const [args, input] of calls) {
        await utimes(join(bench.volume, object), 1000, 1000);
        const result = await run(args, input);
        assert.deepEqual([result.stdout, result.exitCode], ["present", 0]);
        const after = await lstat(join(bench.volume, object));
        assert.equal(after.ino, before.ino);
        assert.ok(after.mtimeMs >= before.mtimeMs - 1000);
      }
      assert.deepEqual(await readFile(join(bench.volume, object)), content);
    });

    it("--check tells present from absent", async () => {
      const absent = await run(["--check", object, digest], undefined);
      assert.deepEqual([absent.stdout, absent.stderr, absent.exitCode], ["absent", "", 3]);
      await run([object, digest]);
      const present = await run(["--check", object, digest], undefined);
      assert.deepEqual([present.stdout, present.exitCode], ["present", 0]);
    });

    const bad: [string, Buffer, string[], RegExp][] = [
      [
        "an upload that was cut off",
        content.subarray(0, 1000),
        [String(content.length)],
        /cut off after 1000 of 300004 bytes/,
      ],
      [
        "an upload that was cut off, size unknown",
        content.subarray(0, 1000),
        [],
        /has sha256 [0-9a-f]{64}: it was cut off or changed/,
      ],
      ["an empty upload", Buffer.alloc(0), [String(content.length)], /cut off after 0 of/],
      [
        "an upload with one more byte",
        Buffer.concat([content, content]),
        [String(content.length)],
        /more than the announced 300004 bytes/,
      ],
      [
        "a changed upload",
        Buffer.concat([Buffer.from("x"), content.subarray(1)]),
        [String(content.length)],
        /has sha256 /,
      ],
    ];
    for (const [what, input, size, reason] of bad) {
      it(`refuses ${what}, and the next try works`, async () => {
        assertFailed(await run([object, digest, ...size], input), reason);
        assert.equal(existsSync(join(bench.volume, object)), false);
        assert.deepEqual(await leftOvers(), []);
        assert.equal((await run([object, digest, String(content.length)])).stdout, "stored");
      });
    }

    for (const name of [
      `../pack-${digest}.zip`,
      `/etc/pack-${digest}.zip`,
      `orders/../../pack-${digest}.zip`,
      `orders/more/pack-${digest}.zip`,
      `.incoming/pack-${digest}.zip`,
      `orders/.pack-${digest}.zip`,
      `Orders/pack-${digest}.zip`,
      `orders/pack-${digest}.zip.partial`,
      `orders/pack-${"0".repeat(64)}.zip`,
      `orders/pack-${digest}.zip\norders/x-${digest}.zip`,
      `orders/$(id)-${digest}.zip`,
      `orders/-${digest}`,
      "",
    ]) {
      it(`refuses the name ${JSON.stringify(name).replaceAll(digest, "<sha256>")}`, async () => {
        const result = await run([name, digest]);
        assert.equal(result.exitCode, 2);
        assert.match(result.stderr, /the object is not named/);
        assert.deepEqual(await readdir(bench.volume), []);
      });
    }

    it("refuses a sha256 and a size that are none", async () => {
      for (const sum of ["", digest.toUpperCase(), digest.slice(1), `${digest}\n`, `.*${digest.slice(2)}`]) {
        assert.equal((await run([object, sum])).exitCode, 2);
      }
      for (const size of ["-1", "1k", "0x10", "$(id)", "08", "0010"])
        assert.equal((await run([object, digest, size])).exitCode, 2);
    });

    it("says how it is called", async () => {
      assert.match((await run(["--help"], undefined)).stdout, /^usage: knflow-receive <object> <sha256> \[size\]/);
      assert.equal((await run([], undefined)).exitCode, 2);
      assert.equal((await run([object, digest, "1", "2"])).exitCode, 2);
      assert.equal((await run(["--check", object])).exitCode, 2);
    });

    it("replaces an object that does not have its content, as a whole, and says so", async () => {
      await mkdir(join(bench.volume, "orders"));
      for (const damaged of ["damaged", "", Buffer.concat([content, content]), content.map((byte) => byte ^ 1)]) {
        await rm(join(bench.volume, object), { force: true });
        await writeFile(join(bench.volume, object), damaged);
        const checked = await run(["--check", object, digest], undefined);
        assert.deepEqual([checked.stdout, checked.stderr, checked.exitCode], ["damaged", "", 3]);
        // A reader that began before goes on with what it began with.
        const reader = await open(join(bench.volume, object));
        const replaced = await run([object, digest, String(content.length)]);
        assert.deepEqual([replaced.stdout, replaced.stderr, replaced.exitCode], ["replaced", "", 0]);
        assert.deepEqual(await reader.readFile(), Buffer.from(damaged));
        await reader.close();
        assert.deepEqual(await readFile(join(bench.volume, object)), content);
        assert.deepEqual(await leftOvers(), []);
      }
    });

    it("leaves a damaged object where what is to replace it is damaged, too", async () => {
      await mkdir(join(bench.volume, "orders"));
      await writeFile(join(bench.volume, object), "damaged");
      assertFailed(await run([object, digest, String(content.length)], content.subarray(1)), /cut off after/);
      assert.equal(await readFile(join(bench.volume, object), "utf8"), "damaged");
    });

    it("replaces neither a link nor a folder in an object's place", async () => {
      await mkdir(join(bench.volume, "orders"));
      await symlink("/etc/passwd", join(bench.volume, object));
      assertFailed(await run([object, digest]), /is not a plain file; remove it/);
      assertFailed(await run(["--check", object, digest], undefined), /is not a plain file/);
      await rm(join(bench.volume, object));
      await mkdir(join(bench.volume, object));
      assertFailed(await run([object, digest]), /is not a plain file; remove it/);
      assert.deepEqual(await readdir(join(bench.volume, object)), []);
    });

    it("20 uploads at once, of one object and of several: readers never see half a file", async () => {
      const others = Array.from({ length: 5 }, () => randomBytes(500_000));
      const uploads = Array.from({ length: 20 }, (_, n) => others[n % 5] ?? content);
      const objects = others.map((each) => `orders/pack-${sha256(each)}.zip`);
      let done = false;
      const reading = (async () => {
        let seen = 0;
        while (!done) {
          for (const [n, each] of objects.entries()) {
            const found = await readFile(join(bench.volume, each)).catch(() => undefined);
            if (found === undefined) continue;
            assert.deepEqual(found, others[n]);
            seen++;
          }
          await new Promise(setImmediate);
        }
        return seen;
      })();
      const results = await Promise.all(
        uploads.map((each) => run([`orders/pack-${sha256(each)}.zip`, sha256(each), "500000"], each)),
      );
      done = true;
      assert.ok((await reading) > 0);
      for (const result of results) assert.match(`${result.exitCode} ${result.stdout}`, /^0 (stored|present)$/);
      assert.deepEqual(await leftOvers(), []);
    });

    it("20 uploads at once over a damaged object: readers see it as it was, or whole", async () => {
      await mkdir(join(bench.volume, "orders"));
      await writeFile(join(bench.volume, object), "damaged");
      let done = false;
      const reading = (async () => {
        while (!done) {
          const found = await readFile(join(bench.volume, object));
          assert.ok(found.equals(content) || found.toString() === "damaged", `${found.length} bytes`);
          await new Promise(setImmediate);
        }
      })();
      const results = await Promise.all(
        Array.from({ length: 20 }, () => run([object, digest, String(content.length)])),
      );
      done = true;
      await reading;
      for (const result of results) assert.match(`${result.exitCode} ${result.stdout}`, /^0 (replaced|present)$/);
      assert.ok(results.some(({ stdout }) => stdout === "replaced"));
      assert.deepEqual(await readFile(join(bench.volume, object)), content);
      assert.deepEqual(await leftOvers(), []);
    });

    it("an upload whose sender is killed half way leaves nothing", async () => {
      const upload = bench.begin();
      upload.stdin.write(content.subarray(0, 100_000));
      await waitFor("the upload to begin", async () => (await leftOvers()).length > 0 || undefined);
      assert.equal(existsSync(join(bench.volume, object)), false);
      upload.stdin.end();
      assertFailed(await upload, /cut off after 100000 of/);
      assert.deepEqual(await leftOvers(), []);
    });

    it("an upload that is killed itself shows nothing under the object's name, and the next one succeeds beside its rest", async () => {
      const upload = bench.begin();
      upload.stdin.on("error", () => undefined);
      upload.stdin.write(content.subarray(0, 100_000));
      await waitFor("the upload to begin", async () => (await leftOvers()).length > 0 || undefined);
      process.kill(-Number(upload.pid), "SIGKILL");
      await upload;
      assert.equal(existsSync(join(bench.volume, object)), false);
      assert.equal((await leftOvers()).length, 1);
      assert.equal((await run([object, digest, String(content.length)])).stdout, "stored");
      const [rest = ""] = await leftOvers();
      const old = new Date(Date.now() - 61 * 60_000);
      await utimes(join(bench.volume, ".incoming", rest), old, old);
      await rm(join(bench.volume, object));
      await run([object, digest]);
      assert.deepEqual(await leftOvers(), []);
    });

    it("removes what a killed upload left an hour ago, and leaves what is under way", async () => {
      await mkdir(join(bench.volume, ".incoming"));
      const [stale, fresh] = ["upload.stale", "upload.fresh"].map((file) => join(bench.volume, ".incoming", file));
      for (const file of [stale, fresh]) await writeFile(String(file), "half");
      const old = new Date(Date.now() - 61 * 60_000);
      await utimes(String(stale), old, old);
      await run([object, digest]);
      assert.deepEqual(await leftOvers(), ["upload.fresh"]);
    });

    it("a full volume: a clear error, nothing left, and it works once there is room", async () => {
      const full = await mkdtemp(join(shared().folder, "full-"));
      await execa("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", full]);
      try {
        await writeFile(join(full, "filler"), Buffer.alloc(200_000));
        const result = await run([object, digest, String(content.length)], content, full);
        assertFailed(result, /the code volume is full: free space on it, or make it larger, and push again/);
        assert.equal(existsSync(join(full, object)), false);
        assert.deepEqual(await leftOvers(full), []);
        await writeFile(join(full, "filler"), "");
        assert.equal((await run([object, digest, String(content.length)], content, full)).stdout, "stored");

        // What is damaged stays until what replaces it is there; that it is suspect takes no room.
        await chmod(join(full, object), 0o644);
        await writeFile(
          join(full, object),
          content.map((byte) => byte ^ 1),
        );
        await writeFile(join(full, "filler"), Buffer.alloc(90_000)).catch(() => undefined);
        assertFailed(await run([object, digest, String(content.length)], content, full), /the code volume is full/);
        assert.equal((await run(["--suspect", object], undefined, full)).exitCode, 0);
        assert.equal((await lstat(join(full, object))).size, content.length);
        await rm(join(full, "filler"));
        await rm(join(full, object));
        assert.equal((await run([object, digest, String(content.length)], content, full)).stdout, "stored");
      } finally {
        await execa("umount", [full]);
      }
    });

    it("a volume that is full before the upload begins, or when it gets its name, is said to be full", async () => {
      const full = await mkdtemp(join(shared().folder, "full-"));
      for (const inodes of [2, 3, 4]) {
        // The volume's own folder, .incoming, the upload, .lock, and the workflow's folder.
        await execa("mount", ["-t", "tmpfs", "-o", `nr_inodes=${inodes}`, "tmpfs", full]);
        try {
          await writeFile(join(full, ".lock"), "");
          assertFailed(await run([object, digest], content, full), /the code volume is full: free space on it/);
          assert.deepEqual(await leftOvers(full), []);
        } finally {
          await execa("umount", [full]);
        }
      }
    });

    it("a lock that somebody else holds is waited for, but not for ever", async () => {
      const lock = join(bench.volume, ".lock");
      const holder = execa("flock", ["-x", lock, "sh", "-c", "echo held; cat"], { stdin: "pipe" });
      await once(holder.stdout, "data");
      const soon = { KNFLOW_LOCK_SECONDS: "1" };
      const reason = /another process has held the lock of the code volume for 1 s; try again/;
      assertFailed(await run([object, digest], content, bench.volume, soon), reason);
      assert.deepEqual(await leftOvers(), []);
      assertFailed(await run(["--remove", "1"], Buffer.from(`${object}\n`), bench.volume, soon), reason);
      await mkdir(join(bench.volume, "orders"));
      await writeFile(join(bench.volume, object), content);
      assertFailed(await run(["--check", object, digest], undefined, bench.volume, soon), reason);
      const waiting = run([object, digest]);
      holder.stdin.end();
      await holder;
      assert.equal((await waiting).stdout, "present");
    });

    it("a volume that cannot be written to: a clear error", async () => {
      const file = join(bench.volume, "not-a-folder");
      await writeFile(file, "");
      await chmod(file, 0o444);
      const result = await run([object, digest], content, file);
      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /knflow-receive: cannot make folders in .*not-a-folder$/);
    });
  });
}
