import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
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

const script = join(import.meta.dirname, "../../runtimes/file-server/receive.sh");

/** The shells, and the tools with them, that the script has to do with: Debian's and Alpine's. */
const shells: Record<string, () => Promise<{ command: string[]; path: string }>> = {
  "dash and GNU": () => Promise.resolve({ command: ["dash"], path: "/usr/bin:/bin" }),
  busybox: async () => {
    const folder = join(shared().folder, "busybox");
    await mkdir(folder, { recursive: true });
    const { stdout } = await execa("busybox", ["--list"]);
    const made = stdout.split("\n").map((applet) => symlink("/usr/bin/busybox", join(folder, applet)));
    await Promise.allSettled(made);
    // Alpine's busybox has it, Debian's is built without.
    await symlink("/usr/bin/flock", join(folder, "flock")).catch(() => undefined);
    return { command: [join(folder, "sh")], path: folder };
  },
};

/** How a call of the script ended. */
interface Failed {
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly exitCode?: number | undefined;
}

for (const [name, provide] of Object.entries(shells)) {
  describe(`knflow-receive: ${name}`, () => {
    let shell: { command: string[]; path: string };
    let volume: string;
    const content = Buffer.concat([randomBytes(300_000), Buffer.from("\0\n\r\n")]);
    const digest = sha256(content);
    const object = `orders/pack-${digest}.zip`;

    before(async () => {
      shell = await provide();
    });

    beforeEach(async () => {
      volume = await mkdtemp(join(shared().folder, "volume-"));
    });

    function run(args: string[], input: Buffer | undefined = content, uploads = volume) {
      const [program = "", ...first] = shell.command;
      return execa(program, [...first, script, ...args], {
        env: { PATH: shell.path, KNFLOW_UPLOADS: uploads },
        extendEnv: false,
        ...(input === undefined ? { stdin: "ignore" } : { input }),
        reject: false,
      });
    }

    /** One line on standard error, nothing on standard output, exit 1. */
    function assertFailed(result: Failed, reason: RegExp, code = 1): void {
      assert.match(String(result.stderr), reason);
      assert.match(String(result.stderr), /^knflow-receive: [^\n]+$/);
      assert.equal(result.stdout, "");
      assert.equal(result.exitCode, code);
    }

    async function leftOvers(uploads = volume): Promise<string[]> {
      return existsSync(join(uploads, ".incoming")) ? readdir(join(uploads, ".incoming")) : [];
    }

    it("stores an upload whole, under its name only, for all to read and none to write", async () => {
      const result = await run([object, digest, String(content.length)]);
      assert.deepEqual([result.stdout, result.stderr, result.exitCode], ["stored", "", 0]);
      assert.deepEqual(await readFile(join(volume, object)), content);
      assert.equal((await lstat(join(volume, object))).mode & 0o777, 0o444);
      assert.deepEqual(await leftOvers(), []);
    });

    it("takes it without a size, too", async () => {
      assert.equal((await run([object, digest])).stdout, "stored");
    });

    it("says that it is present and does not write it again, whatever is sent; its time is that of the last push", async () => {
      await run([object, digest]);
      const before = await lstat(join(volume, object));
      const calls: [string[], Buffer | undefined][] = [
        [[object, digest, String(content.length)], content],
        [[object, digest, String(content.length)], Buffer.from("something else")],
        [[object, digest], Buffer.alloc(0)],
        [["--check", object, digest], undefined],
      ];
      for (const [args, input] of calls) {
        await utimes(join(volume, object), 1000, 1000);
        const result = await run(args, input);
        assert.deepEqual([result.stdout, result.exitCode], ["present", 0]);
        const after = await lstat(join(volume, object));
        assert.equal(after.ino, before.ino);
        assert.ok(after.mtimeMs >= before.mtimeMs - 1000);
      }
      assert.deepEqual(await readFile(join(volume, object)), content);
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
        assert.equal(existsSync(join(volume, object)), false);
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
        assert.deepEqual(await readdir(volume), []);
      });
    }

    it("refuses a sha256 and a size that are none", async () => {
      for (const sum of ["", digest.toUpperCase(), digest.slice(1), `${digest}\n`, `.*${digest.slice(2)}`]) {
        assert.equal((await run([object, sum])).exitCode, 2);
      }
      for (const size of ["-1", "1k", "0x10", "$(id)"]) assert.equal((await run([object, digest, size])).exitCode, 2);
    });

    it("says how it is called", async () => {
      assert.match((await run(["--help"], undefined)).stdout, /^usage: knflow-receive <object> <sha256> \[size\]/);
      assert.equal((await run([], undefined)).exitCode, 2);
      assert.equal((await run([object, digest, "1", "2"])).exitCode, 2);
      assert.equal((await run(["--check", object])).exitCode, 2);
    });

    it("replaces an object that does not have its content, as a whole, and says so", async () => {
      await mkdir(join(volume, "orders"));
      for (const damaged of ["damaged", "", Buffer.concat([content, content]), content.map((byte) => byte ^ 1)]) {
        await rm(join(volume, object), { force: true });
        await writeFile(join(volume, object), damaged);
        const checked = await run(["--check", object, digest], undefined);
        assert.deepEqual([checked.stdout, checked.stderr, checked.exitCode], ["damaged", "", 3]);
        // A reader that began before goes on with what it began with.
        const reader = await open(join(volume, object));
        const replaced = await run([object, digest, String(content.length)]);
        assert.deepEqual([replaced.stdout, replaced.stderr, replaced.exitCode], ["replaced", "", 0]);
        assert.deepEqual(await reader.readFile(), Buffer.from(damaged));
        await reader.close();
        assert.deepEqual(await readFile(join(volume, object)), content);
        assert.deepEqual(await leftOvers(), []);
      }
    });

    it("leaves a damaged object where what is to replace it is damaged, too", async () => {
      await mkdir(join(volume, "orders"));
      await writeFile(join(volume, object), "damaged");
      assertFailed(await run([object, digest, String(content.length)], content.subarray(1)), /cut off after/);
      assert.equal(await readFile(join(volume, object), "utf8"), "damaged");
    });

    it("replaces neither a link nor a folder in an object's place", async () => {
      await mkdir(join(volume, "orders"));
      await symlink("/etc/passwd", join(volume, object));
      assertFailed(await run([object, digest]), /is not a plain file; remove it/);
      assertFailed(await run(["--check", object, digest], undefined), /is not a plain file/);
      await rm(join(volume, object));
      await mkdir(join(volume, object));
      assertFailed(await run([object, digest]), /is not a plain file; remove it/);
      assert.deepEqual(await readdir(join(volume, object)), []);
    });

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
        await mkdir(join(volume, ".incoming"), { recursive: true });
        await writeFile(join(volume, ".incoming", `x-${digest}.zip`), "half");
        await writeFile(join(volume, "orders", `pack-${digest}.zip.partial`), "");
        await writeFile(join(volume, "orders", `a b-${digest}.zip`), "");
        await symlink("/etc/passwd", join(volume, "orders", `link-${digest}.zip`));
        await mkdir(join(volume, "orders", `folder-${digest}.zip`));
        assert.deepEqual((await list()).sort(), lines);
        assert.deepEqual((await list("--verify")).sort(), lines);
        await rm(join(volume, other));
        assert.deepEqual(await list(), [lines[0]]);
      });

      it("is empty on an empty volume, and an error where there is none", async () => {
        await rm(volume, { recursive: true });
        assertFailed(await run(["--list"], undefined), /cannot read .*volume-/);
        await mkdir(volume);
        assert.deepEqual(await list(), []);
        assert.equal((await run(["--list", "--all"], undefined)).exitCode, 2);
      });

      it("--verify finds damage, which is suspect from then on, until it is pushed again", async () => {
        await chmod(join(volume, object), 0o644);
        await writeFile(
          join(volume, object),
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
        await rm(join(volume, other));
        assert.equal((await run(["--suspect", other], undefined)).exitCode, 0);
        assert.deepEqual(await list(), [lines[0]]);
      });
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
            const found = await readFile(join(volume, each)).catch(() => undefined);
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
      await mkdir(join(volume, "orders"));
      await writeFile(join(volume, object), "damaged");
      let done = false;
      const reading = (async () => {
        while (!done) {
          const found = await readFile(join(volume, object));
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
      assert.deepEqual(await readFile(join(volume, object)), content);
      assert.deepEqual(await leftOvers(), []);
    });

    describe("--remove", () => {
      const now = () => Math.floor(Date.now() / 1000);
      const other = `wordcount/wordcount-${sha256(Buffer.from("other"))}.zip`;
      beforeEach(async () => {
        await run([object, digest]);
        await run([other, sha256(Buffer.from("other"))], Buffer.from("other"));
        await utimes(join(volume, other), 1000, 1000);
      });
      const remove = (before: number, ...names: string[]) =>
        run(["--remove", String(before)], Buffer.from(names.map((each) => `${each}\n`).join("")));

      it("--list --long gives the time of the last push, what uploads left, and the moment before all that", async () => {
        await writeFile(join(volume, ".incoming", "upload.aB3xyz"), "half");
        await utimes(join(volume, ".incoming", "upload.aB3xyz"), 2000, 2000);
        await writeFile(join(volume, "orders", "pack.zip"), "");
        const { mtimeMs } = await lstat(join(volume, object));
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
        assert.deepEqual((await readdir(volume)).sort(), [".incoming", ".lock", "orders"]);
        assert.equal((await run([object, digest])).stdout, "present");
        assert.equal((await run([other, sha256(Buffer.from("other"))], Buffer.from("other"))).stdout, "stored");
      });

      it("keeps what was pushed again meanwhile", async () => {
        const listed = now();
        for (const again of [
          ["--check", object, digest],
          [object, digest],
        ]) {
          await utimes(join(volume, object), 1000, 1000);
          assert.equal((await run(again, content)).stdout, "present");
          assert.equal((await remove(listed, object)).stdout, `kept ${object}`);
        }
      });

      it("removes what an upload left an hour ago, whatever moment is given, and not what is under way", async () => {
        const [stale, fresh] = [".incoming/upload.stale1", ".incoming/upload.fresh1"];
        for (const file of [stale, fresh]) await writeFile(join(volume, file), "half");
        await utimes(join(volume, stale), now() - 3700, now() - 3700);
        const result = await remove(now() + 60, stale, fresh);
        assert.deepEqual(result.stdout.split("\n"), [`removed ${stale} 4`, `kept ${fresh}`]);
      });

      it("refuses names of anything else, and removes neither links nor folders", async () => {
        await writeFile(join(volume, "..", "outside.zip"), "");
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
        await symlink(elsewhere, join(volume, "linked"));
        await symlink(join(elsewhere, `pack-${digest}.zip`), join(volume, "orders", `link-${digest}.zip`));
        await mkdir(join(volume, "orders", `folder-${digest}.zip`));
        const names = [`linked/pack-${digest}.zip`, `orders/link-${digest}.zip`, `orders/folder-${digest}.zip`];
        const result = await remove(now() + 60, ...names);
        assert.deepEqual(
          result.stdout.split("\n"),
          names.map((each) => `kept ${each}`),
        );
        assert.deepEqual(await readdir(elsewhere), [`pack-${digest}.zip`]);
      });

      it("takes no folders that are not a workflow's", async () => {
        await mkdir(join(volume, "lost+found"));
        await mkdir(join(volume, "left-empty"));
        await remove(now() - 60);
        assert.deepEqual((await readdir(volume)).sort(), [".incoming", ".lock", "lost+found", "orders", "wordcount"]);
      });

      it("says how it is called, and where there is no volume", async () => {
        for (const bad of [["--remove"], ["--remove", "now"], ["--remove", "-1"], ["--remove", "1", object]]) {
          assert.equal((await run(bad)).exitCode, 2);
        }
        await rm(volume, { recursive: true });
        assertFailed(await remove(now()), /cannot read .*volume-/);
      });

      it("20 pushes and 20 removals at once: what a push called present or stored is there", async () => {
        for (let turn = 0; turn < 2; turn++) {
          await utimes(join(volume, object), 1000, 1000).catch(() => undefined);
          const before = now() - 5;
          const pushes = Array.from({ length: 20 }, (_, n) =>
            n % 2 === 0 ? run([object, digest, String(content.length)]) : run(["--check", object, digest], undefined),
          );
          const removals = Array.from({ length: 20 }, () => remove(before, object));
          const told = (await Promise.all(pushes)).map(({ exitCode, stdout }) => `${exitCode} ${stdout}`);
          for (const each of told) assert.match(each, /^(0 (stored|present|replaced)|3 (absent|damaged))$/);
          await Promise.all(removals);
          assert.deepEqual(await readFile(join(volume, object)), content);
          assert.deepEqual(await leftOvers(), []);
        }
      });
    });

    it("an upload whose sender is killed half way leaves nothing", async () => {
      const [program = "", ...first] = shell.command;
      const upload = execa(program, [...first, script, object, digest, String(content.length)], {
        env: { PATH: shell.path, KNFLOW_UPLOADS: volume },
        extendEnv: false,
        reject: false,
        stdin: "pipe",
      });
      upload.stdin.write(content.subarray(0, 100_000));
      await waitFor("the upload to begin", async () => (await leftOvers()).length > 0 || undefined);
      assert.equal(existsSync(join(volume, object)), false);
      upload.stdin.end();
      assertFailed(await upload, /cut off after 100000 of/);
      assert.deepEqual(await leftOvers(), []);
    });

    it("an upload that is killed itself shows nothing under the object's name, and the next one succeeds beside its rest", async () => {
      const [program = "", ...first] = shell.command;
      const upload = execa(program, [...first, script, object, digest, String(content.length)], {
        env: { PATH: shell.path, KNFLOW_UPLOADS: volume },
        extendEnv: false,
        reject: false,
        stdin: "pipe",
        detached: true,
      });
      upload.stdin.on("error", () => undefined);
      upload.stdin.write(content.subarray(0, 100_000));
      await waitFor("the upload to begin", async () => (await leftOvers()).length > 0 || undefined);
      process.kill(-Number(upload.pid), "SIGKILL");
      await upload;
      assert.equal(existsSync(join(volume, object)), false);
      assert.equal((await leftOvers()).length, 1);
      assert.equal((await run([object, digest, String(content.length)])).stdout, "stored");
      const [rest = ""] = await leftOvers();
      const old = new Date(Date.now() - 61 * 60_000);
      await utimes(join(volume, ".incoming", rest), old, old);
      await rm(join(volume, object));
      await run([object, digest]);
      assert.deepEqual(await leftOvers(), []);
    });

    it("removes what a killed upload left an hour ago, and leaves what is under way", async () => {
      await mkdir(join(volume, ".incoming"));
      const [stale, fresh] = ["upload.stale", "upload.fresh"].map((file) => join(volume, ".incoming", file));
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

    it("a volume that cannot be written to: a clear error", async () => {
      const file = join(volume, "not-a-folder");
      await writeFile(file, "");
      await chmod(file, 0o444);
      const result = await run([object, digest], content, file);
      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /knflow-receive: cannot make folders in .*not-a-folder$/);
    });
  });
}
