import assert from "node:assert/strict";
import { otherStack } from "./other-stack.ts";
import { namespace, project } from "./setup.ts";

describe("another stack, by context, on the platform that is there, with ready-made images", () => {
  before(() => otherStack.create(project(), namespace));
  // The file behind waits for its destroy.
  after(() => otherStack.beginDestroy());

  it("a destroy right after an update that was killed leaves nothing", () => otherStack.destroyAfterKilledUpdate());

  it("deploys over what killed updates left, and nothing is to be changed then", async () => {
    await otherStack.killUpdates();
    await otherStack.deploy();
  });

  it("gives there what the tables of conformance cases and scenarios say, in all runtimes", async () => {
    assert.deepEqual(await otherStack.failures(), []);
  });
});
