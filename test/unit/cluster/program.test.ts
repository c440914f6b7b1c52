import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { fetching, local } from "../../../cluster/platform/program.ts";
import { UserError } from "../../../console/errors.ts";
import { FailedStep, type Step } from "../../../console/progress.ts";

describe("a program that makes images", () => {
  let folder: string;
  let step: Step;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "knflow-unit-"));
    step = { log: join(folder, "step.log"), note: () => undefined };
    await writeFile(step.log, "");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const sh = (script: string, options = {}) => fetching(step, "go", "sh", ["-c", script], options);

  it("writes to the step's log, but for the output that is asked for", async () => {
    assert.equal(await sh("echo told; echo said >&2"), "");
    assert.equal(await readFile(step.log, "utf8"), "told\nsaid\n");
    assert.equal(await sh("echo told; echo said >&2", { capture: true }), "told");
    assert.equal(await readFile(step.log, "utf8"), "told\nsaid\nsaid\n");
  });

  it("fails with all its words in the log, and with what to check", async () => {
    await assert.rejects(sh(`echo '{"Error": "403 Forbidden"}'; exit 3`, { capture: true }), (error) => {
      assert.ok(error instanceof UserError);
      for (const part of [
        "building a Go program failed with 3",
        step.log,
        "go env GOPROXY",
        "run the same command again",
      ])
        assert.ok(error.message.includes(part), error.message);
      return true;
    });
    assert.match(await readFile(step.log, "utf8"), /403 Forbidden/);
    await assert.rejects(sh("kill -KILL $$"), /was ended by SIGKILL/);
  });

  it("is named where it is not there", async () => {
    await assert.rejects(
      fetching(step, "npm", "knflow-no-such-program", []),
      (error) => error instanceof UserError && error.message.startsWith("knflow-no-such-program is not on PATH"),
    );
  });

  it("brings its last words where it works on this machine alone", async () => {
    assert.equal(await local("echo", ["made"]), "made");
    await assert.rejects(local("sh", ["-c", "echo no space left >&2; exit 1"]), (error) => {
      assert.ok(error instanceof FailedStep);
      assert.deepEqual(error.lines, ["no space left"]);
      assert.match(error.message, /sh failed with 1\. .*make room/);
      return true;
    });
  });
});
