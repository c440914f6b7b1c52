import assert from "node:assert/strict";
import fc from "fast-check";
import { isClosed, syntaxProblems } from "../../../runtimes/workflow/src/expressions/syntax.ts";

describe("the syntax of expressions", () => {
  it("is told of each as if it were checked alone", () => {
    const right = [
      ".a",
      ".a + 1",
      '"\\(.a + ")") ["',
      "[.[] | {a: .b}]",
      "$x.y",
      ". as [$a, {b: $b}] | $a + $b",
      "def f: .a; f",
      ".a # (",
      "1",
    ];
    const wrong = [
      ".a |",
      "(1",
      "1)",
      "$y",
      "$x.",
      '"a',
      'a"',
      "if . then 1",
      "[1",
      "1]",
      "{a:",
      "}",
      "nope",
      "# all",
      "",
    ];
    const together = syntaxProblems([...wrong, ...right, ...wrong], ["x"]);
    assert.deepEqual(new Set(together.keys()), new Set(wrong));
    for (const one of [...right, ...wrong]) {
      assert.equal(together.get(one), syntaxProblems([one], ["x"]).get(one), one);
    }
  });

  it("is the same together and alone, whatever the expressions are", () => {
    const part = fc.constantFrom(
      ...'()[]{}"\\#|,.+$x1 \n'.split(""),
      "\\(",
      "if",
      "then",
      "end",
      "as $x |",
      "def f: ",
      ";",
    );
    const expression = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(expression, { minLength: 2, maxLength: 4 }), (expressions) => {
        const together = syntaxProblems(expressions, ["x"]);
        for (const one of expressions) assert.equal(together.get(one), syntaxProblems([one], ["x"]).get(one), one);
      }),
      { numRuns: 300 },
    );
  }).timeout(60_000);

  it("knows what closes all that it opens", () => {
    for (const one of ["", "()", '"("', '"\\("\\(1)")"', "{a: [1, (2)]}", '"\\""']) assert.ok(isClosed(one), one);
    for (const one of ["(", ")", "(]", "][", '"', '"\\(', '"\\("', "1 # 2", '"\\"']) assert.ok(!isClosed(one), one);
  });

  it("of 10,000 expressions is told in seconds", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `.a + ${index}`);
    const start = performance.now();
    assert.deepEqual([...syntaxProblems([...many, ".a +"], []).keys()], [".a +"]);
    assert.ok(performance.now() - start < 5000);
  }).timeout(20_000);
});
