import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Interrupted, runOnThread } from "../../../runtimes/workflow/src/expressions/threads.ts";

const url = new URL("../../../runtimes/workflow/src/expressions/threads.ts", import.meta.url);

/** What a script writes that has the threads to itself: where it fails, Node.js as such may break down. */
async function output(script: string): Promise<string> {
  const code = `import(${JSON.stringify(url.href)}).then(async ({ runOnThread, warmUp }) => { ${script} })`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--eval", code], { timeout: 30_000 });
  return stdout.trim();
}

const never = new AbortController().signal;

describe("the threads of expressions", () => {
  it("survive evaluations that are given up at any moment, also while they start", async () => {
    const script = `
      for (let round = 0; round < 80; round++) {
        const given = AbortSignal.timeout(1 + Math.floor(Math.random() * 200));
        const endless = [1, 2, 3].map(() => runOnThread("last(range(infinite))", "null", given).catch(() => undefined));
        await Promise.all(endless);
      }
      console.log(await runOnThread(".", "5", new AbortController().signal));`;
    assert.equal(await output(script), "5");
  }).timeout(60_000);

  it("are given up with what waits for them, and do others' work meanwhile", async () => {
    const controller = new AbortController();
    const endless = [1, 2, 3].map(() => runOnThread("last(range(infinite))", "null", controller.signal));
    setTimeout(() => controller.abort(), 50);
    const results = await Promise.allSettled(endless);
    assert.ok(results.every((one) => one.status === "rejected" && one.reason instanceof Interrupted));
    assert.equal((await runOnThread(".n", '{"n":1}', never)).trim(), "1");
    await assert.rejects(runOnThread(".", "null", AbortSignal.abort()), Interrupted);
    await assert.rejects(runOnThread("last(range(infinite))", "null", never, 50), /took longer than 0.05 s/);
  });

  it("let the process end that has no more work", async () => {
    assert.equal(await output("warmUp();"), "");
    assert.equal(
      await output(`warmUp(); console.log(await runOnThread(".", "5", new AbortController().signal));`),
      "5",
    );
  }).timeout(60_000);
});
