import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushObject } from "../../../commands/push.ts";
import { script } from "../toolchain/support.ts";

const digest = "a".repeat(64);
const object = `orders/pack-${digest}.zip`;
const bytes = Buffer.from("the archive");

describe("pushing an object", () => {
  let folder: string;
  let told: string[];
  const environment = { ...process.env };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
    told = [];
    Object.assign(process.env, { PATH: `${join(folder, "bin")}:${environment.PATH}`, KNFLOW_CONTEXT: "somewhere" });
  });
  afterEach(async () => {
    process.env.PATH = environment.PATH;
    delete process.env.KNFLOW_CONTEXT;
    await rm(folder, { recursive: true });
  });

  /** A kubectl whose calls are answered one after another by shell code; the last is repeated. What is sent goes to a file. */
  async function answers(...codes: string[]): Promise<void> {
    const calls = join(folder, "calls");
    await writeFile(calls, "");
    await script(
      join(folder, "bin", "kubectl"),
      `echo "$*" >> ${calls}`,
      `case $(wc -l < ${calls}) in`,
      ...codes.slice(0, -1).map((code, index) => `${index + 1}) ${code};;`),
      `*) ${codes.at(-1)};;`,
      "esac",
    );
  }
  const calls = async () => (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");
  const sent = () => readFile(join(folder, "sent"), "utf8");
  const push = (patience?: number, content: Buffer | (() => Promise<Buffer>) = () => Promise.resolve(bytes)) =>
    pushObject("own", object, digest, content, {
      told: (message) => told.push(message),
      ...(patience === undefined ? {} : { patience }),
    });

  const absent = "echo absent; exit 3";
  const take = (word: string) => `cat > ${"$(dirname $0)"}/../sent; echo ${word}`;
  const away = `echo 'error: unable to upgrade connection: container not found ("nginx")' >&2; exit 1`;

  it("sends nothing where it is there", async () => {
    await answers("echo present");
    assert.equal(await push(), `${object} is on the volume`);
    const exec = "--context somewhere -n own exec deploy/nginx-file-server --pod-running-timeout=5s -i --";
    assert.deepEqual(await calls(), [`${exec} knflow-receive --check ${object} ${digest}`]);
  });

  it("sends the bytes where they are needed, and says whether they took a damaged one's place", async () => {
    await answers(absent, take("stored"));
    assert.equal(await push(), `${object} pushed`);
    assert.equal(await sent(), bytes.toString());
    assert.match((await calls())[1] ?? "", new RegExp(`knflow-receive ${object} ${digest} ${bytes.length}$`));
    await answers("echo damaged; exit 3", take("replaced"));
    assert.equal(await push(), `${object} pushed in place of a damaged one`);
    assert.deepEqual(told, []);
  });

  it("sends few bytes that are at hand without asking whether they are needed, and asks for many", async () => {
    await answers(take("stored"));
    assert.equal(await push(undefined, bytes), `${object} pushed`);
    assert.equal(await sent(), bytes.toString());
    await answers(take("present"));
    assert.equal(await push(undefined, bytes), `${object} is on the volume`);
    assert.equal((await calls()).length, 1);
    await answers("echo present");
    assert.equal(await push(undefined, Buffer.alloc(2 ** 20 + 1)), `${object} is on the volume`);
    assert.match((await calls())[0] ?? "", /--check/);
  });

  for (const [what, codes] of Object.entries({
    "is away": [away, away, absent, take("stored")],
    "goes in mid-push": [absent, "head -c 1 >/dev/null; exit 137", absent, take("stored")],
    "got a part alone": [
      absent,
      `cat >/dev/null; echo 'knflow-receive: the upload of ${object} was cut off after 1 of 11 bytes' >&2; exit 1`,
      absent,
      take("stored"),
    ],
    "had it after all": [absent, `cat >/dev/null; ${away}`, "echo present"],
  })) {
    it(`tries again, and tells it, where the file server ${what}`, async () => {
      await answers(...codes);
      assert.match(await push(), /pushed|is on the volume/);
      assert.ok(told.length > 0);
      for (const line of told)
        assert.match(line, /^orders\/pack-a+\.zip is not pushed yet: .+; the next try is in \d\.\d s$/);
      assert.equal((await calls()).length, codes.length);
    });
  }

  it("pauses between tries that grow, and are partly random", async () => {
    await answers(away, away, away, "echo present");
    await push();
    const pauses = told.map((line) => Number(/in (\d\.\d) s$/.exec(line)?.[1]));
    for (const [index, pause] of pauses.entries()) {
      const longest = 0.5 * 2 ** index;
      assert.ok(pause >= longest / 2 - 0.05 && pause <= longest + 0.05, pauses.join());
    }
    assert.equal(pauses.length, 3);
  });

  it("ends in time where the file server stays away, and says why and what to do", async () => {
    await answers(away);
    await assert.rejects(push(1500), (error: Error) => {
      assert.match(error.message, /could not be pushed to the code volume: .*container not found/);
      assert.match(error.message, /tried \d times in 2 s/);
      assert.match(error.message, /kubectl -n own describe pods -l app=nginx-file-server/);
      assert.match(error.message, /then run "pulumi up" again/);
      return true;
    });
    assert.ok(told.length >= 1 && told.length <= 4, told.join("\n"));
  });

  for (const [what, reason] of Object.entries({
    "a full volume": "knflow-receive: the code volume is full: free space on it, or make it larger, and push again",
    "another thing in its place": `knflow-receive: ${object} on the volume is not a plain file; remove it`,
    "a refused exec":
      'Error from server (Forbidden): pods "x" is forbidden: User "y" cannot create resource "pods/exec"',
    "an unknown context": 'error: context "somewhere" does not exist',
  })) {
    it(`ends at once over ${what}`, async () => {
      await answers(
        absent,
        `cat >/dev/null; echo '${reason}' >&2; echo 'command terminated with exit code 1' >&2; exit 1`,
      );
      await assert.rejects(push(), { message: `${object} could not be pushed to the code volume: ${reason}` });
      assert.deepEqual([told, (await calls()).length], [[], 2]);
    });
  }
});
