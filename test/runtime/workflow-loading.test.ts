import assert from "node:assert/strict";
import { sha256 } from "../../archive/zip.ts";
import { unpackFiles } from "../../runtimes/workflow/src/archive/unpack.ts";
import { archiveCases } from "./archive-cases.ts";
import { failedLoad } from "./support/failed-load.ts";
import { cutAfter, FaultyServer, silence, status, trickle, whole, type Answer } from "./support/faulty-server.ts";
import { archiveOf } from "./support/archives.ts";
import { putArchive, RuntimeProcess } from "./support/runtime.ts";
import { rawZip } from "./support/raw-zip.ts";
import { shared } from "./support/setup.ts";
import { waitFor } from "./support/wait.ts";
import { executorKind } from "./support/executor.ts";
import { putDefinition } from "./workflow-support.ts";

const definition = `document: {dsl: 1.0.0, namespace: a, name: b, version: 1.0.0}
do:
  - one: {set: {x: 1}}
`;

describe("archives: workflow", () => {
  for (const { name, zip, refused } of archiveCases) {
    it(`${refused ? "refuses" : "unpacks"} ${name}`, () => {
      const begun = performance.now();
      if (refused) assert.throws(() => unpackFiles(zip(), () => true), { name: "ArchiveError", message: refused });
      else
        assert.match(
          unpackFiles(zip(), () => true)
            .get("main.py")
            ?.toString() ?? "",
          /def handler/,
        );
      assert.ok(performance.now() - begun < 5000);
    });
  }

  it("gives nothing where a sound archive has no such file", () => {
    assert.equal(unpackFiles(rawZip([{ name: "folder/workflow.yaml" }]), (name) => name === "workflow.yaml").size, 0);
  });
});

describe("loading: the workflow executor", () => {
  let zip: Buffer;
  let object: string;

  before(async () => {
    zip = await archiveOf({ "workflow.yaml": definition });
    object = await putArchive(zip, "workflow");
  });

  async function from(answers: Answer[], work: (origin: string, server: FaultyServer) => Promise<void>): Promise<void> {
    const server = await FaultyServer.start(...answers);
    try {
      await work(server.origin, server);
    } finally {
      await server.stop();
    }
  }

  it("an archive with another sha256 than was meant", async () => {
    const flipped = Buffer.from(zip);
    flipped[100] = flipped.readUInt8(100) ^ 1;
    const name = `workflow-under-test/flipped-${sha256(zip)}.zip`;
    await shared().fileServer.put(name, flipped);
    const { message } = await failedLoad(executorKind, name);
    assert.match(message, new RegExp(`^ChecksumError: .*${sha256(flipped)}, but ${sha256(zip)} is expected`));
  });

  it("an archive that is not on the volume", async () => {
    const { message } = await failedLoad(executorKind, `workflow-under-test/workflow-${"0".repeat(64)}.zip`);
    assert.match(message, /^DownloadError: .* answered 404: the archive is not on the code volume$/);
  });

  it("a hostile archive with the right sha256", async () => {
    const content = { name: "workflow.yaml", content: definition };
    const hostile = rawZip([content, { name: "../evil", content: "x" }]);
    const { message } = await failedLoad(executorKind, await putArchive(hostile, "workflow"));
    assert.match(message, /^ArchiveError: workflow-under-test\/workflow-.*: the name "\.\.\/evil" has/);
  });

  it("an archive without a definition", async () => {
    const { message } = await failedLoad(
      executorKind,
      await putArchive(await archiveOf({ "main.py": "" }), "workflow"),
    );
    assert.match(message, /^DefinitionMissing: .* has no workflow\.yaml$/);
  });

  it("a definition that calls what is not there: every problem with its place, in one line", async () => {
    const wrong = definition.replace("one: {set: {x: 1}}", "one: {call: nope}\n  - two: {wait: 1s}");
    const { message, last } = await failedLoad(executorKind, await putDefinition(wrong));
    assert.match(
      message,
      /^DefinitionError: workflow\.yaml:3:11: there is no function "nope"; .*; workflow\.yaml:4:11: /,
    );
    assert.equal(last.workflow, "workflow-under-test");
    assert.equal(last.revision, "function-under-test-00001");
  });

  it("a file server that fails is asked again, until the archive is whole", async () => {
    const parts = [status(503), cutAfter(zip, 0), cutAfter(zip, zip.length - 1), whole(zip)];
    await from(parts, async (origin, server) => {
      const runtime = await RuntimeProcess.start(executorKind, object, { env: { KNFLOW_CODE_ORIGIN: origin } });
      assert.deepEqual((await runtime.call({})).json, { x: 1 });
      assert.deepEqual(server.asked, new Array(4).fill(`/data/${object}`));
      assert.equal(runtime.log.filter((line) => line.msg.startsWith("download failed")).length, 3);
      await runtime.stop();
    });
  });

  const hopeless: Record<string, [Answer, RegExp]> = {
    "says nothing": [silence, /used up|stopped sending/],
    "sends a byte now and then": [trickle, /used up/],
  };
  for (const [name, [answer, reason]] of Object.entries(hopeless)) {
    it(`a file server that ${name} is given up in time`, async () => {
      await from([answer], (origin) => isGivenUp(origin, reason));
    });
  }

  it("a file server that is never there is given up in time", () =>
    isGivenUp("http://127.0.0.1:9/data/", /ECONNREFUSED.*attempts in 2 s/));

  async function isGivenUp(origin: string, reason: RegExp): Promise<void> {
    const begun = performance.now();
    const env = { KNFLOW_CODE_ORIGIN: origin, KNFLOW_LOAD_TIMEOUT_SECONDS: "2" };
    const { message } = await failedLoad(executorKind, object, { env });
    assert.match(message, /^DownloadError: http:\/\/127/);
    assert.match(message, reason);
    assert.ok(performance.now() - begun < 20_000);
  }

  const refusals: Record<string, [Answer, RegExp]> = {
    "a redirect": [status(302, { location: "http://127.0.0.1:1/x.zip" }), /answered 302: redirects are not followed/],
    "a login": [status(401), /answered 401, but 200 is expected/],
    chunks: [(response) => response.writeHead(200).end("x"), /without a plain Content-Length/],
    "what says to be too large": [
      (response) => response.writeHead(200, { "content-length": 400 * 1024 ** 2 }).write("x"),
      /has 419430400 bytes; at most 16777216 are allowed/,
    ],
  };
  for (const [name, [answer, reason]] of Object.entries(refusals)) {
    it(`refuses ${name}, and does not ask again`, async () => {
      await from([answer], async (origin, server) => {
        const { message } = await failedLoad(executorKind, object, { env: { KNFLOW_CODE_ORIGIN: origin } });
        assert.match(message, /^DownloadError: /);
        assert.match(message, reason);
        assert.equal(server.asked.length, 1);
      });
    });
  }

  const settings: Record<string, [Record<string, string | undefined>, RegExp]> = {
    "no sha256": [{ KNFLOW_CODE_SHA256: undefined }, /KNFLOW_CODE_SHA256 is missing/],
    "another sha256 than the object's": [{ KNFLOW_CODE_SHA256: "b".repeat(64) }, /names sha256 .*, but .* is b+/],
    "an object with a line break": [
      { FAASIT_CODE_DIR: `workflow/workflow-${"a".repeat(64)}.zip\n` },
      /FAASIT_CODE_DIR is/,
    ],
    "an origin with a login": [{ KNFLOW_CODE_ORIGIN: "http://a:b@host/data/" }, /KNFLOW_CODE_ORIGIN is/],
    "functions that are none": [{ KNFLOW_FUNCTIONS: '{"f": "nowhere"}' }, /KNFLOW_FUNCTIONS must be/],
    "two at once": [{ PORT: "0", KNFLOW_TIMEOUT_SECONDS: "soon" }, /PORT is '0'.*; KNFLOW_TIMEOUT_SECONDS is 'soon'/],
    "a log level that is none": [{ KNFLOW_LOG_LEVEL: "loud" }, /'loud', which is not one of debug, info/],
  };
  for (const [name, [env, reason]] of Object.entries(settings)) {
    it(`settings: ${name}`, async () => {
      const { message } = await failedLoad(executorKind, object, { env });
      assert.match(message, /^SettingsError: /);
      assert.match(message, reason);
    });
  }

  it("a port that is taken", async () => {
    await from([silence], async (origin) => {
      const env = { PORT: new URL(origin).port };
      const runtime = await RuntimeProcess.launch(executorKind, object, { env });
      assert.equal(await runtime.ended(), 1);
      assert.match(await runtime.terminationMessage(), /^Error: listen EADDRINUSE/);
      await runtime.stop();
    });
  });

  it("ends at once when it is told to while it loads", async () => {
    await from([silence], async (origin, server) => {
      const runtime = await RuntimeProcess.launch(executorKind, object, { env: { KNFLOW_CODE_ORIGIN: origin } });
      await waitFor("the download", () => server.asked[0]);
      const asked = runtime.isReady();
      runtime.signal("SIGTERM");
      assert.equal(await runtime.ended(), 0);
      assert.equal(await asked, false);
      await runtime.stop();
    });
  });
});
