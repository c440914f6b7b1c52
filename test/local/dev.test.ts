import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { request } from "undici";

const root = join(import.meta.dirname, "..", "..");
/** What a clone has besides what is copied. */
const left = ["node_modules", ".git", "tmp", "test"];
const deadline = 30_000;

describe("knflow dev", () => {
  let folder: string;
  let child: ChildProcessByStdio<null, Readable, Readable>;
  let output = "";
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-dev-"));
    for (const part of (await readdir(root)).filter((name) => !left.includes(name))) {
      await cp(join(root, part), join(folder, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const args = [join(folder, "cli", "knflow.js"), "dev", "wordcount", "--port", "0"];
    const env = { ...process.env, XDG_STATE_HOME: join(folder, "state") };
    child = spawn(process.execPath, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    }
    await shown(/Ready;/);
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "";
  });
  after(async () => {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  /** Waits for output, after the given length of what is there already. */
  async function shown(pattern: RegExp, from = 0): Promise<void> {
    const late = AbortSignal.timeout(deadline);
    while (!pattern.test(output.slice(from))) {
      await once(child.stdout, "data", { signal: late }).catch(() => {
        throw new Error(`no ${pattern} in:\n${output.slice(from)}`);
      });
    }
  }

  async function call(path: string, body: unknown) {
    const headers = { "content-type": "application/json" };
    const answer = await request(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.statusCode, json: await answer.body.json() };
  }

  const merge = () => join(folder, "functions/wordcount/merge/main.py");

  it("serves workflows and functions at one address, with their logs in one stream", async () => {
    const { status, json } = await call("/wordcount", { text: "to be or not to be" });
    assert.equal(status, 200);
    assert.deepEqual(json, { counts: { to: 2, be: 2, or: 1, not: 1 }, total: 6, distinct: 4 });
    await shown(/wordcount\/count {2}call status=200/);
    assert.equal((await call("/nothing", {})).status, 404);
  });

  it("runs what nobody waits for, and tells how it went", async () => {
    const started = await call("/wordcount/runs", { text: "to be" });
    assert.equal(started.status, 202);
    const { id } = started.json as { id: string };
    const late = AbortSignal.timeout(deadline);
    for (;;) {
      const shown = await request(`${url}/wordcount/runs/${id}`, { signal: late });
      const run = (await shown.body.json()) as { state: string; output?: unknown };
      if (run.state === "running") continue;
      assert.deepEqual([run.state, run.output], ["completed", { counts: { to: 1, be: 1 }, total: 2, distinct: 2 }]);
      return;
    }
  });

  it("takes up what is saved", async () => {
    const from = output.length;
    await writeFile(merge(), (await readFile(merge(), "utf8")).replace('"total": counts', '"sum": counts'));
    await shown(/↻ wordcount\/merge/, from);
    assert.equal(((await call("/wordcount", { text: "a b" })).json as { sum: number }).sum, 2);
  });

  it("says what is wrong in what was saved, and goes on with what ran before", async () => {
    const from = output.length;
    await writeFile(merge(), "def handler(\n");
    await shown(/✗ wordcount\/merge is not ready: SyntaxError.* \(main\.py:1\); what ran before goes on/, from);
    assert.equal(((await call("/wordcount", { text: "a b" })).json as { sum: number }).sum, 2);
  });

  it("tells problems of workflow.yaml with their place", async () => {
    const from = output.length;
    const file = join(folder, "functions/wordcount/workflow.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("call: merge", "call: merged"));
    await shown(/✗ functions\/wordcount\/workflow\.yaml:\d+:\d+: .*"merged"/, from);
    assert.equal((await call("/wordcount", { text: "a b" })).status, 200);
  });

  it("ends with an interrupt, and leaves no process", async () => {
    child.kill("SIGINT");
    const [exitCode] = (await once(child, "exit")) as [number | null];
    assert.equal(exitCode, 130);
    await assert.rejects(call("/wordcount", {}));
  });
});
