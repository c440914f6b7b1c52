import assert from "node:assert/strict";
import { examples } from "../examples.ts";
import { otherStack } from "./other-stack.ts";
import { assertDone } from "./project.ts";
import { project, stack, telemetry } from "./setup.ts";

describe("the end of what was deployed", () => {
  after(() => otherStack.end());

  it("destroyed the other stack meanwhile, which can be done twice, and left the first as it was", async () => {
    await otherStack.assertDestroyed();
    assert.equal((await project().invoke("wordcount", { text: "to be" })).exitCode, 0);
  });

  it("calls are answered while Knative's pods start anew, and after it", async () => {
    const rollout = (...args: string[]) => project().kubectl("-n", "knative-serving", "rollout", ...args);
    const answered = async () => {
      const { exitCode, stderr } = await project().invoke("wordcount", { text: "to be" });
      assert.equal(exitCode, 0, stderr);
    };
    const deployments = ["activator", "autoscaler"];
    await rollout("restart", "deployment", ...deployments);
    const restarts = deployments.map((name) => rollout("status", "deployment", name, "--timeout=3m"));
    let over = false;
    const ended = Promise.allSettled(restarts).then(() => (over = true));
    try {
      do await answered();
      while (!over);
    } finally {
      await ended;
    }
    await Promise.all(restarts);
    await answered();
  });

  it("a call of what sleeps is told of by the activator, too", async () => {
    const { input } = examples.find(({ workflow }) => workflow === "thumbnails") ?? {};
    assert.ok(input);
    const platform = ["activator server handle", "thumbnails-resize server queue"];
    const run = { workflow: "thumbnails", fn: "resize", input, platform };
    await telemetry().assertTraced(await project().outputs(), run);
  });

  it("destroys everything it made", async () => {
    const destroyed = await project().pulumi("destroy", "--yes", "--skip-preview", "--stack", stack);
    assertDone(destroyed);
    const namespaces = await project().kubectl("get", "namespaces", "-o", "name");
    assert.doesNotMatch(namespaces, /knflow|knative|kourier/);
    assert.equal(await project().kubectl("get", "persistentvolumes", "-o", "name"), "");
    assert.doesNotMatch(await project().kubectl("get", "customresourcedefinitions", "-o", "name"), /knative/);
    assert.doesNotMatch(
      await project().kubectl("get", "clusterroles,clusterrolebindings", "-o", "name"),
      /knative|kourier/,
    );
    const webhooks = await project().kubectl(
      "get",
      "validatingwebhookconfigurations,mutatingwebhookconfigurations",
      "-o",
      "name",
    );
    assert.equal(webhooks, "");
    const again = await project().pulumi("destroy", "--yes", "--skip-preview", "--stack", stack);
    assertDone(again);
  });
});
