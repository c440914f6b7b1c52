import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../../cli/root.ts";

/** A process on a machine without flock(1), as macOS is one, that tells how it comes by the lock. */
function run(folder: string, work: string) {
  const code = `
    import { withLock } from "./cluster/toolchain/lock.ts";
    const tell = (what) => console.log(what);
    const file = ${JSON.stringify(join(folder, "new", "lock"))};
    const locked = (work) => withLock(file, () => tell("waiting"), work);
    ${work}`;
  const args = ["--input-type=module", "--eval", code];
  return execa(process.execPath, args, { cwd: projectRoot, env: { PATH: folder }, reject: false });
}

const untilKilled = `await locked(() => (tell("held"), new Promise((resolve) => setTimeout(resolve, 60_000))));`;
const briefly = `await locked(async () => tell("held"));`;

describe("the lock where there is no flock", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "knflow-lock-"))));
  afterEach(() => rm(folder, { recursive: true }));

  it("keeps another process out, tells who waits, and ends with a holder that is killed", async () => {
    const holder = run(folder, untilKilled);
    await once(holder.stdout, "data");
    const other = run(folder, briefly);
    await once(other.stdout, "data");
    holder.kill("SIGKILL");
    const { stdout, stderr } = await other;
    assert.deepEqual([stdout.split("\n"), stderr], [["waiting", "held"], ""]);
    await holder;
    assert.deepEqual(await readdir(join(folder, "new")), ["lock"]);
  });

  it("is free again after work that failed, and lets one work in this process wait for another", async () => {
    const { stdout, stderr } = await run(
      folder,
      `await locked(() => Promise.reject(new Error("failed"))).catch(({ message }) => tell(message));
      const turns = ["first", "second"].map((name) =>
        locked(async () => {
          tell(name + " begins");
          await new Promise(setImmediate);
          tell(name + " ends");
        }));
      await Promise.all(turns);`,
    );
    const [failed, ...turns] = stdout.split("\n");
    assert.deepEqual([failed, stderr], ["failed", ""]);
    const [first, second] = turns[0] === "first begins" ? ["first", "second"] : ["second", "first"];
    assert.deepEqual(turns, [`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
  });
});
