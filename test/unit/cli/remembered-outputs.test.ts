import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rememberedOutputs } from "../../../cli/pulumi/remembered-outputs.ts";

describe("the outputs of a stack", () => {
  const { XDG_CACHE_HOME, PULUMI_BACKEND_URL } = process.env;
  let folder: string;
  let stacks: string;
  let asked: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "knflow-outputs-"));
    process.env.XDG_CACHE_HOME = folder;
    delete process.env.PULUMI_BACKEND_URL;
    stacks = join(folder, "states", ".pulumi", "stacks", "knflow");
    mkdirSync(stacks, { recursive: true });
    asked = 0;
  });
  afterEach(() => {
    Object.assign(process.env, { XDG_CACHE_HOME, PULUMI_BACKEND_URL });
    for (const [name, value] of Object.entries({ XDG_CACHE_HOME, PULUMI_BACKEND_URL })) {
      if (value === undefined) delete process.env[name];
    }
    rmSync(folder, { recursive: true });
  });

  /** As Pulumi does, by another file of the name. */
  function write(name: string, text: string): void {
    writeFileSync(join(stacks, "new"), text);
    renameSync(join(stacks, "new"), join(stacks, name));
  }

  function outputs(stack = "dev", backend = `file://${join(folder, "states")}`): Promise<unknown> {
    const access = { stack, environment: { PULUMI_BACKEND_URL: backend } };
    return rememberedOutputs(access, () => Promise.resolve({ asked: ++asked }));
  }

  it("are asked for once, and again after each update", async () => {
    write("dev.json.zst", "a");
    assert.deepEqual(
      [await outputs(), await outputs(), await outputs("organization/knflow/dev")],
      Array(3).fill({ asked: 1 }),
    );
    write("dev.json.zst", "b");
    assert.deepEqual([await outputs(), await outputs()], Array(2).fill({ asked: 2 }));
  });

  it("are those of their own stack", async () => {
    write("dev.json.zst", "a");
    write("dev.json.zst.bak", "a");
    write("devel.json.zst", "a");
    assert.deepEqual(
      [await outputs(), await outputs("devel"), await outputs()],
      [{ asked: 1 }, { asked: 2 }, { asked: 1 }],
    );
  });

  it("are asked for each time where the state is not there, is there twice, or is somewhere else", async () => {
    await outputs();
    await outputs();
    write("dev.json", "a");
    write("dev.json.gz", "a");
    await outputs();
    await outputs();
    rmSync(join(stacks, "dev.json.gz"));
    await outputs("dev", "s3://states");
    await outputs("dev", "s3://states");
    assert.equal(asked, 6);
  });

  it("are not remembered where an update wrote the state meanwhile", async () => {
    write("dev.json", "a");
    const access = { stack: "dev", environment: { PULUMI_BACKEND_URL: `file://${join(folder, "states")}` } };
    await rememberedOutputs(access, () => {
      write("dev.json", "b");
      return Promise.resolve({});
    });
    await outputs();
    assert.equal(asked, 1);
  });
});
