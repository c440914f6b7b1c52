import assert from "node:assert/strict";
import { describeDifference, differences } from "../../../release/differences.ts";
import { digest } from "./support.ts";

describe("what two stacks do not have in common", () => {
  const one = {
    workflows: { w: { digest: digest("a"), functions: { f: { digest: digest("b") }, g: { digest: digest("c") } } } },
  };

  it("is nothing where all digests are equal", () => {
    assert.deepEqual(differences(one, structuredClone(one)), []);
  });

  it("is told of each workflow and function, with both sides", () => {
    const functions = { f: { digest: digest("d") }, h: { digest: digest("e") } };
    const found = differences(one, { workflows: { w: { digest: digest("a"), functions } } });
    assert.deepEqual(
      found.map((difference) => describeDifference(difference, "dev", "the commit")),
      [
        "w/f: dev has sha256 bbbbbbbbbbbb…, the commit has sha256 dddddddddddd…",
        "w/g: dev has sha256 cccccccccccc…, the commit has none",
        "w/h: dev has none, the commit has sha256 eeeeeeeeeeee…",
      ],
    );
  });
});
