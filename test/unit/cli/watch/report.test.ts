import assert from "node:assert/strict";
import type { Brought } from "../../../../cli/watch/bringer.ts";
import { describeEvent } from "../../../../cli/watch/report.ts";

const [from, to] = ["a".repeat(64), "b".repeat(64)];
const brought: Brought = {
  name: "shop/pay",
  from,
  to,
  state: "serving",
  revision: "shop-pay-00002",
  milliseconds: { push: 110, reload: 690, apply: 20, ready: 2700, all: 3520 },
};

describe("what a watch tells people", () => {
  it("of pods that took code: in how many, after how long", () => {
    const { milliseconds } = brought;
    const text = describeEvent({ event: "reloaded", name: "shop/pay", from, to, pods: 2, milliseconds });
    assert.equal(
      text,
      "↻ shop/pay aaaaaaaaaaaa → bbbbbbbbbbbb answers in 2 pods that are awake after 3.52 s (push 0.11 s, reload 0.69 s); its Revision follows",
    );
  });

  it("of a Revision that serves: its name, and what took how long", () => {
    assert.equal(
      describeEvent({ event: "brought", ...brought }),
      "↻ shop/pay aaaaaaaaaaaa → bbbbbbbbbbbb serves as shop-pay-00002 after 3.52 s (push 0.11 s, reload 0.69 s, apply 0.02 s, ready 2.70 s)",
    );
  });

  it("of code that cannot be loaded: why", () => {
    const text = describeEvent({
      event: "brought",
      ...brought,
      state: "not ready",
      reason: "SyntaxError: no (main.py:1)",
    });
    assert.equal(
      text,
      "✗ shop/pay aaaaaaaaaaaa → bbbbbbbbbbbb is not ready: SyntaxError: no (main.py:1); what served before goes on",
    );
  });
});
