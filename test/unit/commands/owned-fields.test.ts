import assert from "node:assert/strict";
import { ownedFields } from "../../../commands/owned-fields.ts";
import { knativeService, withCode } from "../../../manifests/knative-service.ts";
import { functionYaml } from "../../../source/function-yaml.ts";

describe("what a field manager owns of an object", () => {
  const fieldsV1 = {
    "f:metadata": { "f:labels": { "f:ours": {} } },
    "f:spec": {
      "f:empty": { ".": {} },
      "f:gone": {},
      "f:whole": {},
      "f:containers": {
        'k:{"name":"main"}': { ".": {}, "f:name": {}, "f:env": { 'k:{"name":"A"}': { ".": {}, "f:value": {} } } },
      },
      "f:finalizers": { 'v:"mine"': {} },
    },
  };
  const object = {
    apiVersion: "v1",
    kind: "Thing",
    metadata: {
      name: "thing",
      namespace: "own",
      labels: { ours: "1", theirs: "2" },
      managedFields: [
        { manager: "other", operation: "Apply", fieldsV1: { "f:spec": { "f:theirs": {} } } },
        { manager: "me", operation: "Update", fieldsV1: {} },
        { manager: "me", operation: "Apply", fieldsV1 },
      ],
    },
    spec: {
      empty: { filled: "by the server" },
      whole: [{ any: "thing" }],
      theirs: true,
      containers: [
        {
          name: "main",
          image: "theirs",
          env: [
            { name: "A", value: "a" },
            { name: "B", value: "b" },
          ],
        },
        { name: "side" },
      ],
      finalizers: ["mine", "yours"],
    },
    status: { ready: true },
  };

  it("is what it applied, without what others and the server have added", () => {
    assert.deepEqual(ownedFields(object, "me"), {
      apiVersion: "v1",
      kind: "Thing",
      metadata: { name: "thing", namespace: "own", labels: { ours: "1" } },
      spec: {
        empty: {},
        whole: [{ any: "thing" }],
        containers: [{ name: "main", env: [{ name: "A", value: "a" }] }],
        finalizers: ["mine"],
      },
    });
  });

  it("is nothing where it has applied nothing", () => {
    assert.equal(ownedFields(object, "nobody"), undefined);
    const metadata = { name: "thing" };
    assert.equal(ownedFields({ ...object, metadata }, "me"), undefined);
  });
});

describe("other code in a Knative Service", () => {
  it("gives what the service of that code would be", () => {
    const archive = (digit: string) => ({
      source: { folder: "functions/shop/sell" },
      object: `shop/sell-${digit.repeat(64)}.zip`,
      sha256: digit.repeat(64),
      size: 1,
    });
    const made = (digit: string) =>
      knativeService({
        name: "shop-sell",
        namespace: "own",
        workflow: "shop",
        function: "sell",
        image: "image",
        archive: archive(digit),
        missed: "2026-01-01T00:00:00Z",
        codeOrigin: "http://files/data/",
        settings: functionYaml.parse({ runtime: "python", env: { NOTE: archive("a").object } }),
        logLevel: "info",
        runtimeEnv: {},
      });
    assert.notDeepEqual(made("a"), made("b"));
    assert.deepEqual(withCode(made("a"), archive("b")), made("b"));
  });
});
