import assert from "node:assert/strict";
import { verdict, type KnativeServiceObject, type PodObject, type RevisionObject } from "../../../commands/verdict.ts";

const revision = "wordcount-count-00002";

function service(
  ready: { status: string; message?: string },
  { observed = 2, configurations = "" } = {},
): KnativeServiceObject {
  return {
    metadata: { name: "wordcount-count", generation: 2 },
    status: {
      observedGeneration: observed,
      latestCreatedRevisionName: revision,
      latestReadyRevisionName: ready.status === "True" ? revision : "wordcount-count-00001",
      conditions: [
        { type: "ConfigurationsReady", status: ready.status, reason: configurations },
        { type: "Ready", ...ready },
      ],
    },
  };
}

function revisionThatIs(ready: { status: string; reason?: string; message?: string }): RevisionObject {
  return { metadata: { name: revision }, status: { conditions: [{ type: "Ready", ...ready }] } };
}

type Container = NonNullable<NonNullable<PodObject["status"]>["containerStatuses"]>[number];

function pod(container: Partial<Container>, of = revision): PodObject {
  return {
    metadata: { name: `${of}-x`, labels: { "serving.knative.dev/revision": of } },
    status: { containerStatuses: [{ name: "user-container", restartCount: 0, ...container }] },
  };
}

const deploying = service({ status: "Unknown", message: "Deploying" });
const ended = {
  terminated: { exitCode: 1, reason: "Error", message: "SyntaxError: '(' was never closed (main.py:1)\n" },
};
const crashing = pod({ restartCount: 1, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ended });

describe("the verdict on a Knative Service", () => {
  it("is ready, with its Revision, where Knative says so of the latest generation", () => {
    assert.deepEqual(verdict(service({ status: "True" }), [], []), { state: "ready", reason: "", revision });
  });

  it("is pending while Knative still speaks of an older generation", () => {
    assert.equal(verdict(service({ status: "True" }, { observed: 1 }), [], []).state, "pending");
    assert.equal(verdict({ metadata: { name: "x", generation: 1 } }, [], []).state, "pending");
    const outOfDate = service({ status: "Unknown" }, { configurations: "OutOfDate" });
    assert.deepEqual(verdict(outOfDate, [], [crashing]).state, "pending", "the Pods may be those of an older Revision");
  });

  it("is broken with Knative's own message and the Revision that failed", () => {
    const failed = service({ status: "False", message: "the Configuration has no ready Revision" });
    const own = revisionThatIs({ status: "False", reason: "ContainerMissing", message: "no such image" });
    assert.deepEqual(verdict(failed, [own], []), { state: "broken", reason: "no such image", revision });
    const message = 'Revision creation failed with message: "denied the request"';
    const before = revisionThatIs({ status: "True" });
    assert.deepEqual(verdict(service({ status: "False", message }), [before], []).reason, message);
    const none: KnativeServiceObject = {
      metadata: { name: "x", generation: 1 },
      status: { observedGeneration: 1, conditions: [{ type: "Ready", status: "False", message: "no" }] },
    };
    assert.deepEqual(verdict(none, [], []), { state: "broken", reason: "no", revision: undefined });
    assert.equal(verdict(failed, [], []).state, "pending", "nothing is known of the Revision yet");
  });

  it("is pending while Knative still says of a Revision that it failed, which has a node by now", () => {
    const failed = service({ status: "False", message: "the Configuration has no ready Revision" });
    for (const ready of [
      { status: "False", reason: "Unschedulable", message: "Insufficient cpu" },
      { status: "Unknown", reason: "Deploying" },
      { status: "True" },
    ]) {
      assert.equal(verdict(failed, [revisionThatIs(ready)], [pod({})]).state, "pending");
      assert.equal(verdict(failed, [revisionThatIs(ready)], [crashing]).state, "broken");
    }
  });

  it("is broken with the container's last words once it ended twice, long before Knative gives up", () => {
    assert.deepEqual(verdict(deploying, [], [crashing]), {
      state: "broken",
      reason: "SyntaxError: '(' was never closed (main.py:1)",
      revision,
    });
    assert.equal(verdict(deploying, [], [pod({ restartCount: 1, state: ended })]).state, "broken");
  });

  it("is pending after one end, while the next start may do better", () => {
    assert.equal(verdict(deploying, [], [pod({ state: ended })]).state, "pending");
    const again = verdict(deploying, [], [pod({ restartCount: 1, state: {}, lastState: ended })]);
    assert.equal(again.state, "pending");
    assert.equal(again.reason, "it is starting again, after: SyntaxError: '(' was never closed (main.py:1)");
  });

  it("tells those words the same way where Knative tells them first", () => {
    const failed = service({ status: "False", message: "the Configuration has no ready Revision" });
    const message = `Container failed with: ${ended.terminated.message}`;
    const own = revisionThatIs({ status: "False", reason: "ExitCode1", message });
    for (const container of [{ state: ended }, { restartCount: 1, state: {}, lastState: ended }]) {
      assert.equal(verdict(failed, [own], [pod(container)]).reason, "SyntaxError: '(' was never closed (main.py:1)");
    }
  });

  it("names the exit code of a container that left no words", () => {
    const killed = { terminated: { exitCode: 137, reason: "OOMKilled" } };
    assert.match(
      verdict(deploying, [], [pod({ restartCount: 3, state: killed })]).reason,
      /exit code 137 \(OOMKilled\)/,
    );
  });

  it("is broken where the image cannot be had", () => {
    const message = 'Back-off pulling image "x": ErrImagePull: failed to resolve reference "x": x: not found';
    const waiting = { reason: "ImagePullBackOff", message };
    const found = verdict(deploying, [], [pod({ state: { waiting } })]);
    assert.deepEqual([found.state, found.reason], ["broken", `ImagePullBackOff: ${message}`]);
    assert.equal(verdict(deploying, [], [pod({ state: { waiting: { reason: "ErrImagePull" } } })]).state, "pending");
  });

  it("goes on waiting for a registry that is away", () => {
    const message = 'Back-off pulling image "x": ErrImagePull: dial tcp 10.0.0.1:443: connect: connection refused';
    const waiting = { reason: "ImagePullBackOff", message };
    assert.equal(verdict(deploying, [], [pod({ state: { waiting } })]).state, "pending");
  });

  it("goes on waiting where the kubelet has not got a Secret yet", () => {
    const reason = "CreateContainerConfigError";
    const late = "failed to sync secret cache: timed out waiting for the condition";
    const of = (message: string) => verdict(deploying, [], [pod({ state: { waiting: { reason, message } } })]).state;
    assert.deepEqual([of(late), of('secret "db" not found')], ["pending", "broken"]);
  });

  it("says that no node takes the Pod, and goes on waiting for one", () => {
    const condition = {
      type: "PodScheduled",
      status: "False",
      message: "0/1 nodes are available: 1 Insufficient cpu.",
    };
    for (const knative of [deploying, service({ status: "False", message: "0/1 nodes are available" })]) {
      const found = verdict(knative, [], [{ ...pod({}), status: { conditions: [condition] } }]);
      assert.deepEqual(
        [found.state, found.reason],
        ["pending", "no node takes its Pod: 0/1 nodes are available: 1 Insufficient cpu."],
      );
    }
  });

  it("does not look at the Pods of other Revisions", () => {
    const other = pod({ restartCount: 5, state: ended }, "wordcount-count-00001");
    assert.deepEqual(
      [verdict(deploying, [], [other]).state, verdict(deploying, [], [other]).reason],
      ["pending", "Deploying"],
    );
  });
});
