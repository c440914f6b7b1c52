import assert from "node:assert/strict";
import { happenings } from "../../../bench/cluster/pod-events.ts";
import { distribution, processorTime, stolenShare } from "../../../bench/machine.ts";
import { descendants, parseProcesses, treeMemory } from "../../../bench/process-memory.ts";

describe("bench: what is read off the machine and the cluster", () => {
  it("the share of processor time that others got", () => {
    const before = processorTime("cpu  100 0 100 700 0 0 0 100 5 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
    const after = processorTime("cpu  200 0 100 700 0 0 0 200 9 0\n");
    assert.deepEqual(before, { all: 1000, idle: 700, stolen: 100 });
    assert.equal(stolenShare(before, after), 0.5);
    assert.equal(stolenShare(before, before), 0);
  });

  it("the distribution's name", () => {
    assert.equal(
      distribution('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
      "Debian GNU/Linux 12 (bookworm)",
    );
    assert.equal(distribution("NAME=x\n"), "Linux");
  });

  it("the memory of a process and of all that it started, and of no other", () => {
    const listed = parseProcesses(
      "    1     0   100 init\n   10     1    20 a\n   11    10     3 b\n   12    11     4 two words\n   20     1  5000 c\n",
    );
    assert.deepEqual(
      descendants(listed, 10).map(({ name }) => name),
      ["b", "two words"],
    );
    assert.equal(treeMemory(listed, 10), 27);
    assert.equal(treeMemory(listed, 99), 0);
  });

  it("what happened to a pod, by the API server's watch", () => {
    const pod = (spec: object, conditions: object[]) => ({
      type: "MODIFIED",
      object: { kind: "Pod", spec, status: { conditions: conditions as { type: string; status: string }[] } },
    });
    assert.deepEqual(happenings(pod({}, [])), ["created"]);
    const ready = [
      { type: "PodReadyToStartContainers", status: "True" },
      { type: "Ready", status: "False" },
    ];
    assert.deepEqual(happenings(pod({ nodeName: "n" }, ready)), ["created", "scheduled", "sandbox"]);
    const event = { kind: "Event", reason: "Started", involvedObject: { fieldPath: "spec.containers{queue-proxy}" } };
    assert.deepEqual(happenings({ type: "ADDED", object: event }), ["Started queue-proxy"]);
  });
});
