import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReleaseNames } from "../../../cli/gc/releases.ts";
import { Names } from "../../../cli/gc/names.ts";
import { currentRelease, readReleases, releasedStacks } from "../../../release/releases-file.ts";
import { writeReleases } from "../../../release/write-releases.ts";
import { aRelease, digest } from "./support.ts";

describe("the file of a stack's releases", () => {
  let project: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "knflow-releases-"));
  });
  afterEach(() => rm(project, { recursive: true }));

  const releases = { current: 1, releases: [aRelease(2, { before: 1 }), aRelease(1)] };

  it("holds what was written, for people too, and says which one runs", async () => {
    await writeReleases("prod", project, releases);
    assert.deepEqual(await readReleases("prod", project), releases);
    assert.equal((await currentRelease("prod", project))?.number, 1);
    const text = await readFile(join(project, "releases/prod.yaml"), "utf8");
    assert.match(text, /^# What stack prod runs\..*\ncurrent: 1\nreleases:\n {2}- number: 2\n/);
    assert.deepEqual(await readdir(join(project, "releases")), ["prod.yaml"]);
  });

  it("need not be there", async () => {
    assert.equal(await currentRelease("prod", project), undefined);
    assert.deepEqual(await releasedStacks(project), []);
    await writeReleases("prod", project, releases);
    assert.deepEqual(await releasedStacks(project), ["prod"]);
  });

  it("gives way to another one for a preview, which has to be there", async () => {
    await writeReleases("prod", project, releases);
    await writeReleases("proposal", project, { ...releases, current: 2 });
    const proposed = (name: string) => currentRelease("prod", project, join(project, `releases/${name}.yaml`));
    assert.equal((await proposed("proposal"))?.number, 2);
    await assert.rejects(proposed("none"), /there is no file .*none\.yaml, which KNFLOW_RELEASES names/);
  });

  it("is refused where it is wrong, with every place", async () => {
    await writeReleases("prod", project, releases);
    const file = join(project, "releases/prod.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(`@sha256:${digest("1")}`, "").replace("commit: c", "commit: x"));
    await assert.rejects(readReleases("prod", project), (error: Error) => {
      assert.match(
        error.message,
        /^releases\/prod\.yaml:7:5: releases\.0\.commit: must be the whole id of a git commit, but is "xc+"$/m,
      );
      assert.match(
        error.message,
        /^releases\/prod\.yaml:\d+:\d+: releases\.0\.images\.python: must name an image by its digest$/m,
      );
      return true;
    });
    await writeFile(file, text.replace("current: 1", "current: 7"));
    await assert.rejects(
      readReleases("prod", project),
      /prod\.yaml:2:1: current: must be the number of one of the releases/,
    );
  });

  it("keeps its archives from garbage collection, those of earlier releases too", async () => {
    const dependencies = `dependencies/python312-${digest("d")}.zip`;
    const functions = { pay: { digest: digest("b"), dependencies } };
    const second = aRelease(2, { before: 1, workflows: { orders: { digest: digest("e"), functions } } });
    await writeReleases("prod", project, { current: 2, releases: [second, aRelease(1)] });
    const names = new Names(await readReleaseNames(project));
    for (const object of [
      `orders/workflow-${digest("a")}.zip`,
      `orders/workflow-${digest("e")}.zip`,
      `orders/pay-${digest("b")}.zip`,
      dependencies,
    ]) {
      assert.equal(names.namedBy(object), "releases/prod.yaml", object);
    }
    assert.equal(names.namedBy(`orders/pay-${digest("f")}.zip`), undefined);
  });
});
