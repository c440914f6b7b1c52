import assert from "node:assert/strict";
import fc from "fast-check";
import { finishedSteps, secondsIn } from "../../../bench/finished-steps.ts";
import { formatDuration } from "../../../console/duration.ts";

describe("the steps of a first run", () => {
  it("are those without a step inside", () => {
    const progress = [
      "▸ install npm dependencies",
      "✔ install npm dependencies (22.5s)",
      "▸ [1/2] tools",
      "  ▸ build etcd 3.6.5 (about 1 min)",
      "  … build etcd 3.6.5 (about 1 min): 30s: compiling etcd (log: ~/x.log)",
      "  ✔ build etcd 3.6.5 (about 1 min) (1m 02s)",
      "✔ [1/2] tools (1m 03s)",
      "▸ [2/2] call wordcount",
      "✔ [2/2] call wordcount (0.4s)",
    ];
    assert.deepEqual(finishedSteps(progress.join("\n")), [
      { title: "install npm dependencies", seconds: 22.5 },
      { title: "build etcd 3.6.5 (about 1 min)", seconds: 62 },
      { title: "call wordcount", seconds: 0.4 },
    ]);
  });

  it("may run beside each other", () => {
    const progress = ["▸ up", "  ▸ one", "  ▸ two", "  ✔ one (12s)", "  ✔ two (1m 05s)", "✔ up (1m 06s)"];
    assert.deepEqual(finishedSteps(progress.join("\n")), [
      { title: "one", seconds: 12 },
      { title: "two", seconds: 65 },
    ]);
  });

  it("take as long as they say", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (milliseconds) => {
        const exact = milliseconds < 9950 ? 0.05 : milliseconds < 3_599_500 ? 0.5 : 60;
        assert.ok(Math.abs(secondsIn(formatDuration(milliseconds)) - milliseconds / 1000) <= exact + 1e-9);
      }),
    );
  });
});
