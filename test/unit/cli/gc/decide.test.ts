import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decideObjects,
  decideRevisions,
  decideSecrets,
  type Candidate,
  type RevisionCandidate,
  type Rules,
  type Verdict,
} from "../../../../cli/gc/decide.ts";
import { isObjectName, Names } from "../../../../cli/gc/names.ts";

const hour = 3_600_000;
const now = 1000 * hour;
const rules: Rules = { now, grace: 24 * hour, keep: 2 };
const nobody = new Names([]);

const objectName = (name: string, digit = "a") => `orders/${name}-${digit.repeat(64)}.zip`;
const removed = (verdicts: readonly Verdict<Candidate>[]) =>
  verdicts.filter(({ remove }) => remove).map(({ item }) => item.name);

function revision(name: string, hoursAgo: number, more: Partial<RevisionCandidate> = {}): RevisionCandidate {
  const time = now - hoursAgo * hour;
  return { name, time, created: time, service: "orders", routed: false, marked: false, ...more };
}

describe("what knflow gc removes", () => {
  describe("Revisions", () => {
    const names = new Names([
      { what: "a Route", content: { status: { traffic: [{ revisionName: "orders-00001", tag: "old", percent: 0 }] } } },
      { what: "a Knative Service", content: { status: { latestCreatedRevisionName: "orders-00009" } } },
    ]);

    it("goes: old, without requests, named by no route, and not among the newest of its Service", () => {
      const revisions = [
        revision("orders-00001", 100),
        revision("orders-00002", 90),
        revision("orders-00003", 80),
        revision("orders-00004", 70),
        revision("orders-00005", 60),
        revision("other-00001", 99, { service: "other" }),
        revision("other-00002", 98, { service: "other" }),
        revision("other-00003", 97, { service: "other" }),
      ];
      assert.deepEqual(removed(decideRevisions(revisions, names, rules)), [
        "orders-00002",
        "orders-00003",
        "other-00001",
      ]);
    });

    const kept: [string, RevisionCandidate, RegExp][] = [
      ["a route names it, by a tag without requests too", revision("orders-00001", 100), /a Route names it/],
      ["it is the latest created", revision("orders-00009", 100), /a Knative Service names it/],
      ["requests may go to it", revision("orders-00002", 100, { routed: true }), /requests may go/],
      [
        "it lost its requests just now, however old it is",
        revision("orders-00002", 100, { time: now - hour }),
        /grace/,
      ],
      ["it is marked", revision("orders-00002", 100, { marked: true }), /no-gc/],
      ["it is of no Service", revision("orders-00002", 100, { service: undefined }), /no Knative Service/],
      ["its time cannot be read", revision("orders-00002", 100, { time: NaN }), /grace/],
    ];
    for (const [why, one, reason] of kept) {
      it(`stays where ${why}`, () => {
        const [verdict] = decideRevisions([one], names, { ...rules, keep: 0 });
        assert.equal(verdict?.remove, false);
        assert.match(verdict.reason, reason);
      });
    }

    it("of one second, the one with the greater number is the newer", () => {
      const revisions = ["orders-00001", "orders-00003", "orders-00002"].map((name) => revision(name, 100));
      assert.deepEqual(removed(decideRevisions(revisions, nobody, { ...rules, keep: 1 })).sort(), [
        "orders-00001",
        "orders-00002",
      ]);
    });
  });

  describe("objects", () => {
    const old = now - 25 * hour;

    it("goes what nothing names and nobody pushed lately", () => {
      const objects = [
        { name: objectName("named"), time: old },
        { name: objectName("unnamed"), time: old },
        { name: objectName("fresh"), time: now - 23 * hour },
        { name: objectName("unnamed", "b"), time: 0 },
        { name: "-orders/strange.zip", time: old },
      ];
      const names = new Names([{ what: "a Pod", content: { env: [{ value: objectName("named") }] } }]);
      const verdicts = decideObjects(objects, names, rules);
      assert.deepEqual(removed(verdicts), [objectName("unnamed"), objectName("unnamed", "b")]);
      assert.equal(verdicts[0]?.reason, "a Pod names it");
    });

    it("goes what a killed upload left an hour ago, whatever the grace period", () => {
      const leftover = (minutes: number) => ({ name: `.incoming/upload.${minutes}`, time: now - minutes * 60_000 });
      for (const grace of [0, 1000 * hour]) {
        const verdicts = decideObjects([leftover(59), leftover(61)], nobody, { ...rules, grace });
        assert.deepEqual(removed(verdicts), [".incoming/upload.61"]);
      }
    });

    it("stays what is pushed in the very second in which it begins, without a grace period too", () => {
      assert.deepEqual(
        removed(decideObjects([{ name: objectName("a"), time: now }], nobody, { ...rules, grace: 0 })),
        [],
      );
    });
  });

  describe("whatever the input", () => {
    const name = fc.constantFrom(...["a", "b", "c"].flatMap((each) => [objectName(each, "1"), objectName(each, "2")]));
    const secret = fc.constantFrom("orders-pack-secrets-0a1b", "orders-pack-secrets-2c3d", "secrets");
    const time = fc.oneof(fc.integer({ min: 0, max: now }), fc.constantFrom(NaN, Infinity, -Infinity, 2 * now));
    const anyRules = fc.record({
      now: fc.constant(now),
      grace: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * now })),
      keep: fc.nat(3),
    });
    /** A name anywhere in a value, among texts that do not go on with it. */
    const holding = (named: string) => {
      const around = fc.stringMatching(/^([^a-z0-9.-][^]{0,5})?$/);
      const before = fc.stringMatching(/^([^]{0,5}[^a-z0-9.-])?$/);
      const text = fc.tuple(before, around).map(([left, right]) => `${left}${named}${right}`);
      return fc.oneof(
        text,
        text.map((one) => ({ spec: { containers: [{ env: [{ name: "FAASIT_CODE_DIR", value: one }] }] } })),
        text.map((one) => [{ [one]: null }]),
        text.map((one) => ({ annotation: JSON.stringify({ one: `\n${one}` }) })),
      );
    };
    const sources = fc
      .array(fc.oneof(name, secret))
      .chain((named) => fc.tuple(fc.constant(named), fc.tuple(...named.map(holding)), fc.array(fc.jsonValue())));
    const candidates = (names: fc.Arbitrary<string>) => fc.array(fc.record({ name: names, time }));

    it("nothing that is named goes, and nothing within the grace period", () => {
      fc.assert(
        fc.property(
          sources,
          candidates(name),
          candidates(secret),
          anyRules,
          ([named, holders, noise], objects, secrets, anyOf) => {
            const contents = [...noise, ...holders].map((content) => ({ what: "something", content }));
            const names = new Names(contents);
            const gone = [...decideObjects(objects, names, anyOf), ...decideSecrets(secrets, names, anyOf)].filter(
              ({ remove }) => remove,
            );
            for (const { item } of gone) {
              assert.ok(!named.includes(item.name), `${item.name} is named`);
              assert.ok(item.time < anyOf.now - anyOf.grace);
            }
          },
        ),
      );
    });

    it("every name that an archive may have is found wherever it stands", () => {
      const label = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
      const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
      const anyName = fc.tuple(label, label, digest).map(([workflow, fn, sha]) => `${workflow}/${fn}-${sha}.zip`);
      fc.assert(
        fc.property(
          anyName.chain((one) => fc.tuple(fc.constant(one), holding(one))),
          ([one, content]) => {
            assert.ok(isObjectName(one));
            assert.equal(new Names([{ what: "a Pod", content }]).namedBy(one), "a Pod");
          },
        ),
      );
    });

    it("no Revision goes that is routed, named, marked or fresh, and each Service keeps its newest", () => {
      const revisionName = fc.nat(9).map((number) => `orders-0000${number}`);
      const anyRevision = fc.record({
        name: revisionName,
        time,
        created: time,
        service: fc.constantFrom("orders", "other", undefined),
        routed: fc.boolean(),
        marked: fc.boolean(),
      });
      const unique = fc.uniqueArray(anyRevision, { selector: ({ name: one }) => one });
      fc.assert(
        fc.property(unique, fc.array(revisionName), anyRules, (revisions, named, anyOf) => {
          const names = new Names(
            named.map((one) => ({ what: "a Route", content: { traffic: [{ revisionName: one }] } })),
          );
          const verdicts = decideRevisions(revisions, names, anyOf);
          for (const { item } of verdicts.filter(({ remove }) => remove)) {
            assert.ok(!item.routed && !item.marked && item.service !== undefined && !named.includes(item.name));
            assert.ok(item.time < anyOf.now - anyOf.grace);
          }
          for (const service of ["orders", "other"]) {
            const own = verdicts.filter(({ item }) => item.service === service);
            const stay = own.filter(({ remove }) => !remove);
            assert.ok(stay.length >= Math.min(anyOf.keep, own.length));
          }
        }),
      );
    });
  });
});
