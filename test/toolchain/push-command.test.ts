import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { pushCommand } from "../../components/push-command.ts";
import { createStack, type TestStack } from "./support/stack.ts";

// What is shown here is the engine's doing: which value of a variable it keeps, and that a kept one is no change.
describe("a push that is missed on the volume", () => {
  let stack: TestStack;
  before(async () => (stack = await createStack("push")));
  after(() => stack.remove());
  afterEach(function () {
    if (this.currentTest?.state === "failed") console.error(stack.said());
  });

  const create = 'echo "$WHAT" >> pushed';
  const program = (what: string, missed?: string) => () => {
    const environment = { WHAT: what, KNFLOW_HERE: stack.folder };
    const push = pushCommand("push", { create: `cd $KNFLOW_HERE && ${create}`, environment, missed }, {});
    // As a Knative Service does, it changes with the time.
    const times: pulumi.Output<string> = push.missed.apply((time) => time ?? "never");
    new local.Command("service", { create: "true", environment: { MISSED: times } });
    return { missed: times };
  };
  const pushed = async () => {
    const file = join(stack.folder, "pushed");
    return existsSync(file) ? (await readFile(file, "utf8")).trim().split("\n") : [];
  };

  it("is made again, and is no change before and after", async () => {
    // As state was before there was such a variable.
    await stack.up(() => {
      const environment = { WHAT: "code", KNFLOW_HERE: stack.folder };
      new local.Command("push", { create: `cd $KNFLOW_HERE && ${create}`, environment });
      new local.Command("service", { create: "true", environment: { MISSED: "never" } });
      return undefined;
    });
    for (let count = 0; count < 2; count++) {
      assert.deepEqual((await stack.preview(program("code"))).operations, ["same", "same"]);
      assert.deepEqual((await stack.up(program("code"))).operations, ["same", "same"]);
    }
    assert.deepEqual(await pushed(), ["code"]);

    for (const time of ["1", "2"]) {
      assert.deepEqual((await stack.preview(program("code", `${time} at preview`))).operations, ["update", "update"]);
      const again = await stack.up(program("code", time));
      assert.deepEqual([again.operations, again.outputs], [["update", "update"], { missed: time }]);
      for (let count = 0; count < 2; count++) {
        assert.deepEqual((await stack.preview(program("code"))).operations, ["same", "same"]);
        const after = await stack.up(program("code"));
        assert.deepEqual([after.operations, after.outputs], [["same", "same"], { missed: time }]);
      }
    }
    assert.deepEqual(await pushed(), ["code", "code", "code"], "previews push nothing");
  });

  it("changed code is pushed, and keeps the time of before where it is there already", async () => {
    assert.deepEqual((await stack.up(program("other"))).operations, ["same", "update"]);
    assert.deepEqual((await stack.up(program("other"))).operations, ["same", "same"]);
    assert.deepEqual((await stack.up(program("third", "3"))).operations, ["update", "update"]);
    assert.deepEqual((await stack.up(program("third"))).operations, ["same", "same"]);
    assert.deepEqual((await pushed()).slice(3), ["other", "third"]);
  });

  it("one that fails is missed again", async () => {
    const failing = (missed?: string) => () => {
      const environment = { WHAT: "third", KNFLOW_HERE: stack.folder };
      pushCommand("push", { create: "exit 1", environment, missed }, {});
      return undefined;
    };
    await assert.rejects(stack.up(failing("4")));
    assert.match(await stack.state(), /"KNFLOW_MISSED": ?"3"/);
    const again = await stack.up(program("third", "5"));
    assert.deepEqual(again.outputs, { missed: "5" });
    assert.deepEqual((await stack.up(program("third"))).operations, ["same", "same"]);
  });

  it("a new stack has no such variable, and a refresh changes nothing", async () => {
    await stack.destroy();
    const made = await stack.up(program("code"));
    assert.deepEqual([made.operations, made.outputs], [["create", "create"], { missed: "never" }]);
    assert.doesNotMatch(await stack.state(), /"KNFLOW_MISSED":/);
    await stack.refresh();
    assert.deepEqual((await stack.up(program("code"))).operations, ["same", "same"]);
  });
});
