import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWorkflows } from "../../../source/workflow-source.ts";

describe("the workflows of a folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-test-workflows-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function workflow(name: string, ...functions: string[]): Promise<void> {
    await mkdir(join(folder, name));
    const head = `document: { dsl: 1.0.0, namespace: test, name: ${name}, version: 1.0.0 }\n`;
    await writeFile(join(folder, name, "workflow.yaml"), `${head}do: [{ a: { set: { x: 1 } } }]\n`);
    for (const fn of functions) {
      await mkdir(join(folder, name, fn));
      await writeFile(join(folder, name, fn, "function.yaml"), "runtime: python\n");
      await writeFile(join(folder, name, fn, "main.py"), "");
    }
  }

  it("are told with their functions, each with an archive of its own", async () => {
    await workflow("orders", "pay", "check");
    const [found] = await readWorkflows(folder);
    assert.deepEqual(
      found?.functions.map(({ name, archive }) => [name, archive.object.replace(/[0-9a-f]{64}/, "digest")]),
      [
        ["check", "orders/check-digest.zip"],
        ["pay", "orders/pay-digest.zip"],
      ],
    );
  });

  it("have example inputs in the executor's archive, unless those are too large or no files", async () => {
    await workflow("orders", "pay");
    const examples = join(folder, "orders", "examples");
    await mkdir(join(examples, "input-folder.json"), { recursive: true });
    await writeFile(join(examples, "input.json"), "{}");
    await writeFile(join(examples, "input-large.json"), JSON.stringify("x".repeat(256 * 1024)));
    await writeFile(join(examples, "input-small.json"), JSON.stringify("x".repeat(255 * 1024)));
    await writeFile(join(examples, "output.json"), "{}");
    const [found] = await readWorkflows(folder);
    assert.deepEqual(found?.archive.source.only, ["workflow.yaml", "examples/input-small.json", "examples/input.json"]);
  });

  it("may have functions without a volume, for little code and no third-party packages", async () => {
    await workflow("orders", "pay");
    const pay = join(folder, "orders", "pay");
    await writeFile(join(pay, "function.yaml"), "runtime: python\ntmp: memory\n");
    assert.equal((await readWorkflows(folder))[0]?.functions[0]?.settings.tmp, "memory");

    await writeFile(join(pay, "data.bin"), Buffer.alloc(17 * 1024 * 1024));
    await assert.rejects(
      readWorkflows(folder),
      /orders\/pay\/function\.yaml:1:1: tmp: memory takes up to 16 MiB of code, and this has 17\.1 MiB; leave tmp out/,
    );
    await writeFile(join(pay, "requirements.txt"), "six==1.17.0\n");
    await assert.rejects(
      readWorkflows(folder),
      /orders\/pay\/function\.yaml:2:1: tmp: memory is for functions without third-party packages, and this has .*requirements\.txt/,
    );
  });

  it("are refused where two things would be one Service", async () => {
    await workflow("a", "b-c");
    await workflow("a-b", "c");
    await assert.rejects(readWorkflows(folder), /a\/b-c and .*a-b\/c would both be the Service a-b-c; rename a folder/);
  });

  it("are refused where one would be a Service of the platform", async () => {
    await workflow("run", "store");
    await workflow("nginx-file-server");
    await assert.rejects(readWorkflows(folder), (error: Error) => {
      assert.match(error.message, /own server and .*run\/store would both be the Service run-store/);
      assert.match(error.message, /own server and .*nginx-file-server would both be the Service nginx-file-server/);
      return true;
    });
  });
});
