import assert from "node:assert/strict";
import fc from "fast-check";
import { changesBetween } from "../../../../cli/plan/changes.ts";
import { describePlan, markdownPlan } from "../../../../cli/plan/describe.ts";

const name = fc
  .tuple(fc.stringMatching(/^[a-d]{1,2}$/), fc.option(fc.stringMatching(/^[a-d]{1,2}$/)))
  .map(([workflow, fn]) => (fn === null ? workflow : `${workflow}/${fn}`));
const digest = fc.constantFrom("a", "b", "c").map((digit) => digit.repeat(64));
const digests = fc.dictionary(name, digest, { maxKeys: 12 }).map((found) => new Map(Object.entries(found)));

describe("what an update would change", () => {
  it("is told once each, with the digests before and after; what is equal does not appear", () => {
    fc.assert(
      fc.property(digests, digests, (deployed, planned) => {
        const changes = changesBetween(deployed, planned);
        for (const each of new Set([...deployed.keys(), ...planned.keys()])) {
          const [from, to] = [deployed.get(each), planned.get(each)];
          const told = changes.filter((change) => change.name === each);
          if (from === to) assert.deepEqual(told, []);
          else {
            const change = from === undefined ? "added" : to === undefined ? "removed" : "changed";
            assert.deepEqual(told, [
              { name: each, change, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
            ]);
          }
        }
        assert.deepEqual(
          changes.map((change) => change.name),
          changes.map((change) => change.name).sort(),
        );
      }),
    );
  });

  it("stands in text and in Markdown as one line a change, and no line for what is equal", () => {
    fc.assert(
      fc.property(digests, digests, (deployed, planned) => {
        const changes = changesBetween(deployed, planned);
        const text = describePlan({ stack: "dev", changes }).split("\n");
        const markdown = markdownPlan({ stack: "dev", changes }).split("\n");
        for (const each of new Set([...deployed.keys(), ...planned.keys()])) {
          const lines = deployed.get(each) === planned.get(each) ? 0 : 1;
          assert.equal(text.filter((line) => line.split(/ +/)[1] === each).length, lines);
          assert.equal(markdown.filter((line) => line.includes(`<code>${each}</code>`)).length, lines);
        }
      }),
    );
  });
});
