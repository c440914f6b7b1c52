import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dependencyKey } from "../../../dependencies/spec.ts";
import { dependenciesOf } from "../../../source/dependencies.ts";

describe("a function's dependencies", () => {
  let workflow: string;
  let folder: string;
  before(async () => {
    workflow = await mkdtemp(join(tmpdir(), "knflow-test-dependencies-"));
    folder = join(workflow, "count");
    await mkdir(join(workflow, "other"));
    await mkdir(folder);
    for (const file of ["requirements.txt", "other/requirements.txt"]) {
      await writeFile(join(workflow, file), "pillow==12.3.0\n");
    }
  });
  after(() => rm(workflow, { recursive: true }));
  const of = (at: string, dependencies?: string) => dependenciesOf(at, workflow, { runtime: "python", dependencies });

  async function refused(at: string, dependencies?: string): Promise<string> {
    const found = await of(at, dependencies);
    assert.ok(typeof found === "string");
    return found;
  }

  it("are those of the usual lock file, or none", async () => {
    const found = await of(join(workflow, "other"));
    assert.ok(typeof found === "object");
    assert.equal(found.lock, join(workflow, "other/requirements.txt"));
    assert.equal(await of(folder), undefined);
  });

  it("are one and the same for equal lock files", async () => {
    const [shared, own] = [await of(folder, "../requirements.txt"), await of(join(workflow, "other"))];
    assert.ok(typeof shared === "object" && typeof own === "object");
    const target = { pythonVersion: "3.12", architecture: "amd64" } as const;
    assert.equal(dependencyKey(shared, target), dependencyKey(own, target));
    assert.notEqual(dependencyKey(own, target), dependencyKey(own, { ...target, pythonVersion: "3.13" }));
    assert.notEqual(dependencyKey(own, target), dependencyKey({ ...own, lockSha256: "other" }, target));
  });

  it("are refused where two usual lock files do not say which one holds", async () => {
    const both = join(workflow, "both");
    await mkdir(both);
    for (const file of ["requirements.txt", "pylock.toml"]) await writeFile(join(both, file), "");
    const found = await of(both);
    assert.match(
      typeof found === "string" ? found : "",
      /has requirements\.txt and pylock\.toml; say by `dependencies`/,
    );
    assert.ok(typeof (await of(both, "pylock.toml")) === "object");
  });

  it("are refused where installing them would run code on this machine, in a file that is included too", async () => {
    const unsafe = join(workflow, "unsafe");
    await mkdir(unsafe);
    await writeFile(join(unsafe, "requirements.txt"), "pillow==12.3.0\n-r base.txt\n");
    await writeFile(join(unsafe, "base.txt"), "# ours\n-e ./lib\n");
    assert.match(await refused(unsafe), /unsafe\/base\.txt:2: "-e \.\/lib" is installed from a folder/);
  });

  it("are refused where the file is not there, or lies outside of the workflow", async () => {
    assert.match(await refused(folder, "lock.txt"), /names .*count\/lock\.txt, which is not there/);
    assert.match(await refused(folder, "../../requirements.txt"), /lies outside of /);
  });
});
