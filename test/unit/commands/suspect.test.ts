import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { fakeApi, listOf } from "./fake-api.ts";

const object = `wordcount/merge-${"a".repeat(64)}.zip`;
const address = `http://nginx-file-server.own.svc.cluster.local:80/data/${object}`;

describe("a Revision that cannot start", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "knflow-unit-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** How verify-ready.ts ends over a Revision that failed by a reason, and what it asked of the file server. */
  async function failure(reason: string, marking = "exit 0") {
    const condition = (type: string) => ({ type, status: "False", message: reason });
    const service = {
      metadata: { name: "merge", generation: 1 },
      status: {
        observedGeneration: 1,
        latestCreatedRevisionName: "merge-00001",
        conditions: [condition("ConfigurationsReady"), condition("Ready")],
      },
    };
    const revision = { metadata: { name: "merge-00001" }, status: { conditions: [condition("Ready")] } };
    const asked = join(folder, "asked");
    const lists: Record<string, object[]> = { services: [service], revisions: [revision], pods: [] };
    const end = await fakeApi(
      folder,
      ({ url = "" }, response) => {
        // A watch tells of nothing more.
        if (url.includes("watch=1")) response.flushHeaders();
        else response.end(listOf(...(lists[/(\w+)\?/.exec(url)?.[1] ?? ""] ?? [])));
      },
      `*" exec "*) echo "$*" >> ${asked}; ${marking};;`,
    );
    const file = join(import.meta.dirname, "..", "..", "..", "commands", "verify-ready.ts");
    const { exitCode, stderr } = await execa(process.execPath, [file], {
      env: {
        PATH: `${join(folder, "bin")}:${process.env.PATH}`,
        KNFLOW_CONTEXT: "somewhere",
        KNFLOW_NAMESPACE: "own",
        KNFLOW_SERVICE: "merge",
        KNFLOW_READY_TIMEOUT_SECONDS: "30",
      },
      reject: false,
    });
    await end();
    return { exitCode, stderr, asked: await readFile(asked, "utf8").catch(() => "") };
  }

  const texts = {
    damaged: `ChecksumError: ${address} has sha256 b, but a is expected: the stored archive is damaged or is another one`,
    missing: `DownloadError: ${address} answered 404: the archive is not on the code volume`,
  };
  for (const [what, reason] of Object.entries(texts)) {
    it(`from an archive that is ${what} has it pushed again by the next update, and says so`, async () => {
      const { exitCode, stderr, asked } = await failure(`Container failed with: ${reason}`);
      assert.equal(exitCode, 1);
      assert.equal(
        stderr,
        `merge is not ready: Container failed with: ${reason}\n` +
          `  to repair it, run "pulumi up" again: it pushes ${object} again and starts another Revision`,
      );
      assert.match(asked, new RegExp(`-n own exec deploy/nginx-file-server .* knflow-receive --suspect ${object}\n$`));
    });
  }

  it("says what to do where the file server cannot be told", async () => {
    const { exitCode, stderr } = await failure(texts.damaged, "echo away >&2; exit 1");
    assert.equal(exitCode, 1);
    assert.match(stderr, /remove \/data\/uploads\/wordcount\/merge-a+\.zip .*run "pulumi up" again \(.* away\)$/);
  });

  it("for a reason of its own is nothing about archives", async () => {
    const { stderr, asked } = await failure("ValueError: not today (main.py:1)");
    assert.equal(stderr, "merge is not ready: ValueError: not today (main.py:1)");
    assert.equal(asked, "");
  });
});
