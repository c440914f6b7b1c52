import assert from "node:assert/strict";
import fc from "fast-check";
import { findTarget, targetSelector } from "../../../cli/invoke/target.ts";
import type { StackOutputs } from "../../../cli/pulumi/outputs.ts";
import { UserError } from "../../../console/errors.ts";

const service = (host: string) => ({ url: `http://${host}`, host, digest: "sha256:0" });
const outputs: StackOutputs = {
  gatewayUrl: "http://127.0.0.1:8080",
  namespace: "knflow-dev",
  workflows: {
    wordcount: {
      ...service("wordcount.example.com"),
      functions: {
        split: {
          ...service("wordcount-split.example.com"),
          revision: "wordcount-split-00001",
          image: "python@sha256:0",
        },
        count: {
          ...service("wordcount-count.example.com"),
          revision: "wordcount-count-00001",
          image: "python@sha256:0",
        },
      },
    },
    lonely: { ...service("lonely.example.com"), functions: {} },
  },
};

describe("the target of invoke", () => {
  it("is a workflow", () => assert.equal(findTarget("wordcount", outputs, false).host, "wordcount.example.com"));
  it("is a function of a workflow", () => {
    assert.deepEqual(findTarget("wordcount/split", outputs, false), {
      name: "wordcount/split",
      gatewayUrl: "http://127.0.0.1:8080",
      host: "wordcount-split.example.com",
      runsOn: "cluster",
    });
  });

  const unknown: [string, RegExp][] = [
    ["wordcuont", /no workflow "wordcuont"; there are: lonely, wordcount; did you mean "wordcount"\?$/],
    ["", /no workflow ""; there are: lonely, wordcount$/],
    ["wordcount/marge", /workflow wordcount has no function "marge"; there are: count, split$/],
    [
      "wordcount/merge",
      /^wordcount\/merge is in the working tree but not deployed to this stack yet; .*"pulumi up" deploys it/,
    ],
    ["topwords", /^topwords is in the working tree but not deployed/],
    ["topwords/top", /^topwords is in the working tree but not deployed/],
    ["wordcount/", /has no function ""/],
    ["wordcount/split/x", /has no function "split\/x"/],
    ["lonely/split", /has no function "split"; there are none yet$/],
  ];
  for (const [name, message] of unknown) {
    it(`${JSON.stringify(name)} is refused with what there is`, () => {
      assert.throws(
        () => findTarget(name, outputs, false),
        (error) => error instanceof UserError && message.test(error.message),
      );
    });
  }

  it("is looked at on the cluster where the working tree alone knows it: its first update may have failed", () => {
    assert.equal(targetSelector("topwords/top", outputs), "knflow.dev/workflow=topwords,knflow.dev/function=top");
    assert.throws(() => targetSelector("topwurds", outputs), UserError);
  });

  it("whatever is typed, it is a known service or a UserError", () => {
    const part = fc.oneof(fc.constantFrom("wordcount", "split", "constructor", "__proto__", "toString"), fc.string());
    fc.assert(
      fc.property(fc.array(part, { maxLength: 3 }), (parts) => {
        try {
          assert.match(findTarget(parts.join("/"), outputs, false).host, /\.example\.com$/);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
        }
      }),
    );
  });
});
