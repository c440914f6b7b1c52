import assert from "node:assert/strict";
import fc from "fast-check";
import type { Change } from "../../../../cli/plan/changes.ts";
import { describePlan, markdownPlan } from "../../../../cli/plan/describe.ts";

const changes: Change[] = [
  { name: "orders", change: "removed", from: "a".repeat(64) },
  { name: "orders/pay", change: "changed", from: "b".repeat(64), to: "c".repeat(64) },
  { name: "orders/ship", change: "added", to: "d".repeat(64) },
];

describe("a plan", () => {
  it("is a table with short digests for people", () => {
    assert.equal(
      describePlan({ stack: "staging", changes }),
      `stack staging: 1 changed, 1 added, 1 removed

CHANGE   WORKFLOW / FUNCTION  FROM          TO
removed  orders               aaaaaaaaaaaa
changed  orders/pay           bbbbbbbbbbbb  cccccccccccc
added    orders/ship                        dddddddddddd

Only code and definitions are compared. Settings, packages, secrets and images: pulumi preview --diff shows them.
`,
    );
  });

  it("is a table below a hidden line as a comment", () => {
    assert.equal(
      markdownPlan({ stack: "staging", changes }),
      `<!-- knflow plan: staging -->
**Stack <code>staging</code>: 1 changed, 1 added, 1 removed**

| Change | Workflow / function | From | To |
| --- | --- | --- | --- |
| removed | <code>orders</code> | <code>aaaaaaaaaaaa</code> |  |
| changed | <code>orders/pay</code> | <code>bbbbbbbbbbbb</code> | <code>cccccccccccc</code> |
| added | <code>orders/ship</code> |  | <code>dddddddddddd</code> |

Only code and definitions are compared. Settings, packages, secrets and images: pulumi preview --diff shows them.
`,
    );
  });

  it("has no table where nothing changes", () => {
    assert.match(describePlan({ stack: "dev", changes: [] }), /^stack dev: no code and no definition changes\n\nOnly/);
    assert.doesNotMatch(markdownPlan({ stack: "dev", changes: [] }), /\|/);
  });

  it("lets no name out of its cell, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (name, stack) => {
        const plan = { stack, changes: [{ name, change: "added", to: "a".repeat(64) }] as const };
        const [marker = "", head = "", , , , row = ""] = markdownPlan(plan).split("\n");
        assert.match(marker, /^<!-- knflow plan: [\w./?-]* -->$/);
        assert.match(head, /^\*\*Stack (<code>([A-Za-z0-9/ -]|&#\d+;)*<\/code>)?: 1 added\*\*$/);
        assert.match(row, /^\| added \| (<code>([A-Za-z0-9/ -]|&#\d+;)*<\/code>)? \|  \| <code>a{12}<\/code> \|$/);
      }),
    );
  });

  it("is cut where GitHub would refuse the comment for its length, and says so", () => {
    const many = Array.from({ length: 2000 }, (_, index): Change => ({
      name: `orders/function-${index}`,
      change: "added",
      to: "a".repeat(64),
    }));
    const markdown = markdownPlan({ stack: "dev", changes: many });
    assert.ok(markdown.length < 65_536, String(markdown.length));
    const shown = markdown.split("\n").filter((line) => line.startsWith("| added")).length;
    assert.match(markdown, new RegExp(`\n${2000 - shown} more do not fit here; npx knflow plan shows all\\.\n`));
  });
});
