import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertDone } from "./project.ts";
import { namespace, project, stack } from "./setup.ts";

const service = "wordcount-merge";

describe("an update whose setting says that pods take code", () => {
  const files = new Map<string, string>();
  const write = (file: string, text: string) =>
    writeFile(join(project().folder, "functions/wordcount/merge", file), text);

  async function set(reload: boolean): Promise<void> {
    assertDone(await project().pulumi("config", "set", "knflow:reload", String(reload), "--stack", stack));
    assertDone(await project().up());
  }

  before(async () => {
    for (const file of ["main.py", "function.yaml"]) {
      files.set(file, await readFile(join(project().folder, "functions/wordcount/merge", file), "utf8"));
    }
    await set(true);
  });
  after(async () => {
    for (const [file, text] of files) await write(file, text);
    await set(false);
  });

  /** The keys of what the function answers, by which its code is told. */
  async function answered(): Promise<string[]> {
    const { exitCode, stdout, stderr } = await project().invoke("wordcount/merge", { parts: [] });
    assert.equal(exitCode, 0, stderr);
    return Object.keys(JSON.parse(stdout) as object);
  }

  /** Code whose answer has a key of this name, instead of `total`. */
  const withKey = (key: string) => files.get("main.py")?.replace('"total": counts', `"${key}": counts`) ?? "";

  /** What the runtime of a Revision has said about other code: a sha256 for each time that it took some. */
  async function taken(revision: string): Promise<string[]> {
    const selected = ["-l", `serving.knative.dev/revision=${revision}`, "-c", "user-container", "--tail=-1"];
    const log = await project().kubectl("-n", namespace, "logs", ...selected);
    return [...log.matchAll(/^.*"msg": ?"reloaded".*"sha256": ?"([0-9a-f]{64})".*$/gm)].map(
      ([, sha256]) => sha256 ?? "",
    );
  }

  it("the pod that is awake takes it, before the Revision that follows", async () => {
    await answered();
    const before = await project().revisions(service);
    await write("main.py", withKey("reloaded"));
    const up = await project().up();
    assertDone(up);
    assert.match(up.text, /wordcount\/merge-[0-9a-f]{64}\.zip pushed; pods that took it: 1/);
    const after = await project().revisions(service);
    assert.equal(after.length, before.length + 1);
    assert.deepEqual(await taken(before.at(-1)?.name ?? ""), [after.at(-1)?.digest]);
    assert.ok((await answered()).includes("reloaded"));
  });

  it("code that it cannot load ends the update, and no Revision is made", async () => {
    await answered();
    const before = await project().revisions(service);
    await write("main.py", "def handler(\n");
    const up = await project().up();
    assert.notEqual(up.exitCode, 0, up.text);
    assert.match(up.text, /wordcount-merge would not be ready: SyntaxError: .*\(main\.py:1\)/);
    assert.deepEqual(await project().revisions(service), before);
    assert.ok((await answered()).includes("reloaded"));
  });

  it("it gets its own back where the Revision does not become ready", async () => {
    await answered();
    const [own] = (await project().revisions(service)).slice(-1);
    await write("main.py", withKey("broken"));
    await write("function.yaml", files.get("function.yaml")?.replace("main.handler", "main.nothing") ?? "");
    const up = await project().up();
    assert.notEqual(up.exitCode, 0, up.text);
    assert.match(up.text, /wordcount-merge is not ready: .*main\.py has no .*nothing/);
    const [failed] = (await project().revisions(service)).slice(-1);
    assert.deepEqual(await taken(own?.name ?? ""), [failed?.digest, own?.digest]);
    assert.ok((await answered()).includes("reloaded"));
  });
});
