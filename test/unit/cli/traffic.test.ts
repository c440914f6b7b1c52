import assert from "node:assert/strict";
import fc from "fast-check";
import { parseShare, splitTraffic } from "../../../cli/traffic/split.ts";
import { describeSplit, splitOf } from "../../../cli/traffic/shown.ts";

const digests = ["a1b2c3d4", "a1b2c3ff", "a1b2c3d4"].map((begin) => begin.padEnd(64, "0"));
const revisions = digests.map((digest, index) => ({ name: `shop-0000${index + 1}`, digest }));
const split = (...texts: string[]) => splitTraffic(texts.map(parseShare), revisions, []);

describe("knflow traffic", () => {
  it("names Revisions by name, by the beginning of a digest, and as latest", () => {
    assert.deepEqual(split("shop-00001=60", "a1b2c3f=30", "latest=10"), [
      { revisionName: "shop-00001", latestRevision: false, percent: 60 },
      { revisionName: "shop-00002", latestRevision: false, percent: 30 },
      { latestRevision: true, percent: 10 },
    ]);
  });

  it("keeps the addresses that Revisions have, without requests of others", () => {
    const before = [
      { revisionName: "shop-00001", percent: 100, tag: "old" },
      { latestRevision: true, percent: 0 },
    ];
    assert.deepEqual(splitTraffic([parseShare("latest=100")], revisions, before), [
      { latestRevision: true, percent: 100 },
      { revisionName: "shop-00001", percent: 0, tag: "old" },
    ]);
  });

  for (const [texts, message] of [
    [["latest=90"], /the shares make 90 percent; they must make 100/],
    [["latest=50", "shop-00009=50"], /no Revision "shop-00009"; there is latest, .*\n {2}shop-00001 a1b2c3d40000\n/],
    [["a1b2=100"], /no Revision "a1b2"/],
    [["a1b2c3d4=100"], /a1b2c3d4 is the code of shop-00001 and shop-00003; name one of them/],
    [["latest=50", "latest=50"], /latest is there twice/],
    [["shop-00002=50", "a1b2c3f=50"], /shop-00002 is there twice/],
    [["latest"], /"latest" is no share/],
    [["latest=101"], /"latest=101" is no share/],
  ] as const) {
    it(`refuses ${texts.join(" ")}`, () => {
      assert.throws(() => split(...texts), message);
    });
  }

  it("refuses a Revision that is not ready, with the reason", () => {
    const broken = [{ name: "shop-00001", digest: "", unready: "SyntaxError (main.py:1)" }];
    assert.throws(() => splitTraffic([parseShare("shop-00001=100")], broken, []), /it is not ready: SyntaxError/);
  });

  it("reads every share that it can write, and no other text as one", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^=]+$/), fc.integer({ min: 0, max: 100 }), (revision, percent) => {
        assert.deepEqual(parseShare(`${revision}=${percent}`), { revision, percent });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const { revision, percent } = parseShare(text);
          assert.match(text, /=/);
          assert.ok(revision !== "" && percent >= 0 && percent <= 100);
        } catch (error) {
          assert.equal((error as Error).name, "UserError");
        }
      }),
    );
  });

  it("shows shares, digests, addresses, and that updates leave the split alone", () => {
    const service = {
      metadata: { name: "shop" },
      spec: { template: { metadata: {} } },
      status: {
        traffic: [
          { revisionName: "shop-00001", percent: 90 },
          { revisionName: "shop-00002", percent: 10, latestRevision: true },
          { revisionName: "shop-00001", tag: "old", url: "http://old-shop.example" },
        ],
      },
    };
    const known = revisions.map(({ name, digest }) => ({
      metadata: { name, creationTimestamp: "", annotations: { "knflow.dev/code-sha256": digest } },
    }));
    const text = describeSplit(splitOf("shop", service, known));
    assert.deepEqual(text.split("\n").slice(0, 4), [
      "SHARE  REVISION            DIGEST        TAG",
      "90%    shop-00001          a1b2c3d40000",
      "10%    shop-00002  latest  a1b2c3ff0000",
      "0%     shop-00001          a1b2c3d40000  old http://old-shop.example",
    ]);
    assert.match(text, /updates leave this split as it is/);
  });
});
