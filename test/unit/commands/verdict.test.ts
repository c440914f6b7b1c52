import assert from "node:assert/strict";
import { verdict } from "../../../commands/verdict.ts";

const service = (ready: { status: string; message?: string }, observedGeneration = 2) => ({
  metadata: { name: "wordcount-count", generation: 2 },
  status: {
    observedGeneration,
    latestCreatedRevisionName: "wordcount-count-00002",
    conditions: [{ type: "Ready", ...ready }],
  },
});

describe("the verdict on a Knative Service", () => {
  it("is ready where Knative says so of the latest generation", () => {
    assert.equal(verdict(service({ status: "True" })).state, "ready");
  });

  it("is pending while Knative still speaks of an older generation", () => {
    assert.equal(verdict(service({ status: "True" }, 1)).state, "pending");
    assert.equal(verdict(service({ status: "Unknown" })).state, "pending");
    assert.equal(verdict({ metadata: { name: "x", generation: 1 } }).state, "pending");
  });

  it("is broken with Knative's own message and the Revision that failed", () => {
    assert.deepEqual(verdict(service({ status: "False", message: "SyntaxError main.py:3" })), {
      name: "wordcount-count",
      state: "broken",
      reason: "SyntaxError main.py:3",
      revision: "wordcount-count-00002",
    });
  });
});
