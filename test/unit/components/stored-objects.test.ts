import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStoredObjects } from "../../../components/stored-objects.ts";
import { script } from "../toolchain/support.ts";

const object = `orders/pack-${"a".repeat(64)}.zip`;

describe("what is on the code volume", () => {
  let folder: string;
  const { PATH } = process.env;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
    process.env.PATH = `${join(folder, "bin")}:${PATH}`;
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    await rm(folder, { recursive: true });
  });

  async function read(...answer: string[]) {
    await script(join(folder, "bin", "kubectl"), `echo "$*" > ${join(folder, "call")}`, ...answer);
    return readStoredObjects({ context: "somewhere" }, "own", 1000);
  }

  it("is asked once of the file server, and says what it lacks", async () => {
    const stored = await read(`echo "${object} 12"`, `echo "other/${object} 1 suspect"`);
    assert.equal(stored.lacks({ object, size: 12 }), false);
    assert.equal(stored.lacks({ object, size: 11 }), true);
    assert.equal(stored.lacks({ object: `other/${object}`, size: 1 }), true);
    assert.equal(stored.lacks({ object: "absent", size: 1 }), true);
    assert.equal(
      await readFile(join(folder, "call"), "utf8"),
      "--context somewhere -n own exec deploy/nginx-file-server --pod-running-timeout=1s -- knflow-receive --list\n",
    );
  });

  it("is nothing on an empty volume", async () => {
    assert.equal((await read("true")).lacks({ object, size: 12 }), true);
  });

  for (const [what, answer] of Object.entries({
    "that is not there": 'echo "deployments.apps nginx-file-server not found" >&2; exit 1',
    "of before, which knows no list": "echo usage >&2; exit 2",
    "that broke off": `echo "${object} 12"; exit 1`,
    "that does not answer": "exec tail -f /dev/null",
  })) {
    it(`is not known from a file server ${what}`, async () => {
      assert.equal((await read(answer)).lacks({ object: "absent", size: 12 }), false);
    });
  }

  it("is not known without kubectl", async () => {
    process.env.PATH = folder;
    const stored = await readStoredObjects({ context: "somewhere" }, "own");
    assert.equal(stored.lacks({ object, size: 12 }), false);
  });
});
