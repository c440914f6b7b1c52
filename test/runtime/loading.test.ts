import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../archive/zip.ts";
import { archiveOf, echo } from "./support/archives.ts";
import { failedLoad } from "./support/failed-load.ts";
import { cutAfter, FaultyServer, silence, status, trickle, whole, type Answer } from "./support/faulty-server.ts";
import { languages } from "./support/languages.ts";
import { putArchive, RuntimeProcess, type StartOptions } from "./support/runtime.ts";
import { waitFor } from "./support/wait.ts";
import { shared } from "./support/setup.ts";

for (const kind of languages) {
  describe(`loading: the archive's way: ${kind.name}`, () => {
    let zip: Buffer;
    let object: string;

    before(async () => {
      zip = await archiveOf({ ...echo, "data/größe.txt": "x".repeat(200_000) });
      object = await putArchive(zip);
    });

    /** A runtime whose file server answers so, and what it was asked. */
    async function from(
      answers: Answer[],
      work: (env: StartOptions, server: FaultyServer) => Promise<void>,
    ): Promise<void> {
      const server = await FaultyServer.start(...answers);
      try {
        await work({ env: { KNFLOW_CODE_ORIGIN: server.origin } }, server);
      } finally {
        await server.stop();
      }
    }

    async function servesAfter(answers: Answer[], attempts: number): Promise<void> {
      await from(answers, async (options, server) => {
        const runtime = await RuntimeProcess.start(kind, object, options);
        try {
          assert.deepEqual((await runtime.call({ a: 1 })).json, { a: 1 });
          assert.equal(server.asked.length, attempts);
          assert.equal(runtime.log.filter((line) => line.msg.startsWith("download failed")).length, attempts - 1);
        } finally {
          await runtime.stop();
        }
      });
    }

    it("a download that is cut off at every eighth is made again, until it is whole", async () => {
      const eighths = [0, 1, 2, 3, 4, 5, 6, 7].map((part) => cutAfter(zip, Math.floor((zip.length * part) / 8)));
      await servesAfter([...eighths.slice(0, 4), whole(zip)], 5);
      await servesAfter([...eighths.slice(4), whole(zip)], 5);
    });

    it("a file server that is overloaded is asked again", async () => {
      await servesAfter([status(503), status(500), whole(zip)], 3);
    });

    it("the pauses between attempts grow, and half of each is random", async () => {
      const failures = 5;
      await from([...Array<Answer>(failures).fill(status(503)), whole(zip)], async (options, server) => {
        const begun = performance.now();
        const runtime = await RuntimeProcess.start(kind, object, options);
        try {
          const retries = runtime.log.filter((line) => line.msg.startsWith("download failed"));
          const seconds = retries.map((line) => Number(line.pause));
          const shares = seconds.map((pause, attempt) => pause / (0.05 * 2 ** attempt));
          assert.ok(performance.now() - begun >= 1000 * seconds.reduce((sum, pause) => sum + pause, 0));
          assert.equal(server.asked.length, failures + 1);
          assert.ok(shares.length === failures && shares.every((share) => share >= 0.49 && share <= 1), shares.join());
          assert.ok(new Set(shares).size > 1, `${shares.join()}: not random`);
        } finally {
          await runtime.stop();
        }
      });
    });

    it("a file server that is down is waited for, and so does who asks meanwhile whether the code is loaded", async () => {
      const fileServer = shared().fileServer;
      await fileServer.stop();
      const runtime = await RuntimeProcess.launch(kind, object);
      try {
        await runtime.logged("a retry", (line) => line.msg.startsWith("download failed"));
        let isAnswered = false;
        const asked = runtime.isReady().finally(() => (isAnswered = true));
        const retries = () => runtime.log.filter((line) => line.msg.startsWith("download failed")).length;
        const before = retries();
        await waitFor("another retry", () => retries() > before || undefined);
        assert.equal(isAnswered, false);
        await fileServer.resume();
        assert.equal(await asked, true);
      } finally {
        await fileServer.resume();
        await runtime.stop();
      }
    });

    for (const [name, answer] of Object.entries({ "says nothing": silence, "sends a byte now and then": trickle })) {
      it(`a file server that ${name} is given up in time`, async () => {
        await from([answer], async (options) => {
          const begun = performance.now();
          const env = { ...options.env, KNFLOW_LOAD_TIMEOUT_SECONDS: "2" };
          const { message } = await failedLoad(kind, object, { env });
          // Which of the two limits is met first is for the machine to decide.
          assert.match(
            message,
            /^DownloadError: http:\/\/127.*(stopped sending|used up).*\(1 attempts in \d s\)|^LoadTimeout/,
          );
          assert.ok(performance.now() - begun < 20_000);
        });
      });
    }

    it("a file server that is never there is given up in time", async () => {
      const env = { KNFLOW_CODE_ORIGIN: "http://127.0.0.1:9/data/", KNFLOW_LOAD_TIMEOUT_SECONDS: "1" };
      const { message } = await failedLoad(kind, object, { env });
      assert.match(message, /^DownloadError: .*no connection to 127\.0\.0\.1:9: Connection refused/);
    });

    it("a name that has no address is given up in time", async () => {
      const env = { KNFLOW_CODE_ORIGIN: "http://nowhere.invalid/data/", KNFLOW_LOAD_TIMEOUT_SECONDS: "2" };
      const { message } = await failedLoad(kind, object, { env });
      assert.match(message, /^(DownloadError|LoadTimeout): /);
    });

    const refusals: Record<string, [Answer[], RegExp]> = {
      "a redirect is not followed": [
        [status(302, { location: "http://127.0.0.1:1/data/x.zip" })],
        /answered 302: redirects are not followed/,
      ],
      "a permanent redirect is not followed": [
        [status(308, { location: "/data/x.zip" })],
        /redirects are not followed/,
      ],
      "what needs a login is refused": [[status(401)], /answered 401, but 200 is expected/],
      "an archive in chunks is refused, since its size is open": [
        [(response) => response.writeHead(200).end("x")],
        /without a plain Content-Length/,
      ],
      "an archive with an encoding is refused": [
        [(response) => response.writeHead(200, { "content-encoding": "gzip", "content-length": 1 }).end("x")],
        /without a plain Content-Length/,
      ],
      "an archive that says to be larger than allowed is refused unread": [
        [(response) => response.writeHead(200, { "content-length": 400 * 1024 ** 2 }).write("x")],
        /has 419430400 bytes; at most 301989888 are allowed/,
      ],
    };
    for (const [name, [answers, reason]] of Object.entries(refusals)) {
      it(name, async () => {
        await from(answers, async (options, server) => {
          const { message } = await failedLoad(kind, object, options);
          assert.match(message, /^DownloadError: /);
          assert.match(message, reason);
          assert.equal(server.asked.length, 1, "a fault that stays is not tried again");
        });
      });
    }

    it("asks for the configured object only, below the configured path", async () => {
      await from([whole(zip)], async (options, server) => {
        const runtime = await RuntimeProcess.start(kind, object, options);
        await runtime.stop();
        assert.deepEqual(server.asked, [`/data/${object}`]);
      });
    });

    it("an archive that is not on the volume", async () => {
      const absent = `workflow-under-test/function-under-test-${"0".repeat(64)}.zip`;
      const { message } = await failedLoad(kind, absent);
      assert.match(message, /^DownloadError: .* answered 404: the archive is not on the code volume$/);
    });

    it("an archive with one changed byte", async () => {
      const flipped = Buffer.from(zip);
      flipped[100] = flipped.readUInt8(100) ^ 1;
      const name = `workflow-under-test/flipped-${sha256(zip)}.zip`;
      await shared().fileServer.put(name, flipped);
      const { message } = await failedLoad(kind, name);
      assert.match(message, new RegExp(`^ChecksumError: .*${sha256(flipped)}, but ${sha256(zip)} is expected`));
    });

    it("an archive that is shorter or longer than its name's content", async () => {
      for (const changed of [zip.subarray(0, -1), Buffer.concat([zip, Buffer.from("x")])]) {
        const name = `workflow-under-test/changed-${sha256(zip)}.zip`;
        await shared().fileServer.put(name, changed);
        assert.match((await failedLoad(kind, name)).message, /^ChecksumError: /);
      }
    });

    it("a container that starts again does not mind what the one before left", async () => {
      const work = join(shared().folder, "left-over");
      await mkdir(join(work, "code.partial/half"), { recursive: true });
      await mkdir(join(work, "code"), { recursive: true });
      await writeFile(join(work, "code/main.py"), "raise SystemExit('old code')");
      if (kind.name === "python") await writeFile(join(work, "code.zip"), "half"); // Node.js has it in memory
      const runtime = await RuntimeProcess.start(kind, object, { env: { KNFLOW_WORK_DIR: work } });
      assert.deepEqual((await runtime.call([1])).json, [1]);
      assert.equal(existsSync(join(work, "code.partial")), false);
      assert.equal(existsSync(join(work, "code.zip")), false);
      await runtime.stop();
    });

    it("tells how long each part of the start took", async () => {
      const object = await putArchive(await archiveOf(echo));
      const runtime = await RuntimeProcess.start(kind, object);
      const line = await runtime.logged("ready", (line) => line.msg === "ready");
      for (const field of ["downloadMs", "unpackMs", "importMs", "startMs"]) assert.ok(Number(line[field]) >= 0, field);
      await runtime.stop();
    });
  });
}

for (const kind of languages) {
  describe(`loading: settings: ${kind.name}`, () => {
    const object = `workflow-under-test/function-under-test-${"a".repeat(64)}.zip`;
    const wrong: Record<string, [Record<string, string | undefined>, RegExp]> = {
      "no sha256": [{ KNFLOW_CODE_SHA256: undefined }, /KNFLOW_CODE_SHA256 is missing/],
      "no sha256 but an empty text": [{ KNFLOW_CODE_SHA256: "" }, /KNFLOW_CODE_SHA256 is missing/],
      "a sha256 that is none": [{ KNFLOW_CODE_SHA256: "abc" }, /KNFLOW_CODE_SHA256 is 'abc'/],
      "another sha256 than the object's": [{ KNFLOW_CODE_SHA256: "b".repeat(64) }, /names sha256 a+, but .* is b+/],
      "an object elsewhere": [{ FAASIT_CODE_DIR: `http://elsewhere.example/${object}` }, /FAASIT_CODE_DIR is/],
      "an object with a traversal": [{ FAASIT_CODE_DIR: `../${object}` }, /FAASIT_CODE_DIR is/],
      "an object with a line break": [{ FAASIT_CODE_DIR: `${object}\r\nHost: x` }, /FAASIT_CODE_DIR is/],
      "no object": [{ FAASIT_CODE_DIR: undefined }, /FAASIT_CODE_DIR is missing/],
      "no origin": [{ KNFLOW_CODE_ORIGIN: undefined }, /KNFLOW_CODE_ORIGIN is missing/],
      "an origin with a login": [{ KNFLOW_CODE_ORIGIN: "http://a:b@host/data/" }, /KNFLOW_CODE_ORIGIN is/],
      "an origin of another kind": [{ KNFLOW_CODE_ORIGIN: "file:///data/" }, /KNFLOW_CODE_ORIGIN is/],
      "a handler that is none": [{ KNFLOW_HANDLER: "handler" }, /KNFLOW_HANDLER is 'handler', .*main\.handler/],
      "a timeout that is none": [{ KNFLOW_TIMEOUT_SECONDS: "soon" }, /KNFLOW_TIMEOUT_SECONDS is 'soon'/],
      "a log level that is none": [{ KNFLOW_LOG_LEVEL: "loud" }, /'loud', which is not one of debug, info/],
    };
    for (const [name, [env, reason]] of Object.entries(wrong)) {
      it(name, async () => {
        const { message } = await failedLoad(kind, object, { env });
        assert.match(message, /^SettingsError: /);
        assert.match(message, reason);
      });
    }

    it("all that is wrong is said at once", async () => {
      const { message } = await failedLoad(kind, object, { env: { PORT: "0", KNFLOW_MAX_THREADS: "many" } });
      assert.match(message, /PORT is '0'.*; KNFLOW_MAX_THREADS is 'many'/);
    });
  });
}
