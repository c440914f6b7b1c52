import assert from "node:assert/strict";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { describeServices } from "../../../cli/status/describe.ts";
import { serviceStatuses, type DeployedRevision, type ServiceObject } from "../../../cli/status/service-status.ts";
import type { PodObject } from "../../../commands/verdict.ts";
import { Clone } from "./clone.ts";

const made = "2026-01-01T00:00:00Z";
const sha256 = "0123456789abcdef".repeat(4);

function service(name: string, fn: string | undefined, more: Partial<NonNullable<ServiceObject["status"]>> = {}) {
  const object: ServiceObject = {
    metadata: {
      name,
      generation: 1,
      labels: { "knflow.dev/workflow": "shop", ...(fn === undefined ? {} : { "knflow.dev/function": fn }) },
    },
    spec: { template: { metadata: { annotations: { "autoscaling.knative.dev/max-scale": "10" } } } },
    status: {
      observedGeneration: 1,
      latestCreatedRevisionName: `${name}-00002`,
      latestReadyRevisionName: `${name}-00002`,
      conditions: [{ type: "Ready", status: "True" }],
      traffic: [{ revisionName: `${name}-00002`, percent: 100 }],
      ...more,
    },
  };
  return object;
}

const revision = (name: string, status?: DeployedRevision["status"]): DeployedRevision => ({
  metadata: { name, creationTimestamp: made, annotations: { "knflow.dev/code-sha256": sha256 } },
  ...(status && { status }),
});

const pod = (name: string, more: object = {}): PodObject => ({
  metadata: {
    name: `${name}-x`,
    labels: { "serving.knative.dev/service": name, "serving.knative.dev/revision": `${name}-00002` },
    ...more,
  },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});

describe("knflow status", () => {
  const failed = { type: "Ready", status: "False", message: "ValueError: not today (main.py:1)" };
  const services = [
    service("shop-sell", "sell", {
      conditions: [failed],
      traffic: [
        { revisionName: "shop-sell-00001", percent: 90 },
        { revisionName: "shop-sell-00002", percent: 10 },
      ],
    }),
    service("shop", undefined),
    service("shop-buy", "buy", { observedGeneration: 0 }),
  ];
  const pods = [pod("shop"), pod("shop", { deletionTimestamp: made })];
  const revisions = [
    revision("shop-00002"),
    revision("shop-sell-00001"),
    revision("shop-sell-00002", { conditions: [failed] }),
  ];
  const statuses = serviceStatuses(services, revisions, pods);

  it("tells of each service, the workflow's own first, how it stands", () => {
    assert.deepEqual(
      statuses.map(({ name, state, reason }) => [name, state, reason]),
      [
        ["shop", "ready", undefined],
        ["shop/buy", "updating", "Knative has not looked at it yet"],
        ["shop/sell", "not ready", "ValueError: not today (main.py:1)"],
      ],
    );
    const [shop, , sell] = statuses;
    assert.deepEqual([shop?.digest, shop?.deployedAt, shop?.pods], [sha256, made, { ready: 1, min: 0, max: 10 }]);
    assert.deepEqual(sell?.traffic, [
      { revision: "shop-sell-00001", percent: 90 },
      { revision: "shop-sell-00002", percent: 10 },
    ]);
    assert.equal(sell?.digest, sha256, "that of the Revision with most of the requests");
  });

  it("shows it as a table, with the reasons below", () => {
    const text = stripVTControlCharacters(describeServices(statuses, Date.parse(made) + 90_000));
    assert.deepEqual(text.split("\n"), [
      "WORKFLOW / FUNCTION  STATE      SERVING                                   DIGEST        PODS       DEPLOYED",
      "shop                 ready      shop-00002                                0123456789ab  1 of 0-10  1m 30s ago",
      "  buy                updating   shop-buy-00002                                          0 of 0-10",
      "  sell               not ready  shop-sell-00001 90%, shop-sell-00002 10%  0123456789ab  0 of 0-10  1m 30s ago",
      "",
      "shop/buy is updating: Knative has not looked at it yet",
      "requests go to shop-buy-00002",
      "",
      "shop/sell is not ready: ValueError: not today (main.py:1)",
      "requests go to shop-sell-00001 and shop-sell-00002",
      "",
    ]);
    const [, , sell] = statuses;
    assert.ok(sell);
    assert.match(describeServices([sell]), /^shop\/sell /m, "without a row of its workflow, it has the whole name");
    assert.equal(describeServices([]), "nothing is deployed\n");
  });
});

describe("knflow status of what the cluster does not have", function () {
  this.timeout(90_000);
  let clone: Clone;
  before(() => {
    clone = new Clone();
    const sell = { url: "http://x", host: "x", digest: "0", revision: "r", image: "i" };
    const workflows = { shop: { ...sell, functions: { sell } } };
    clone.pulumi(`echo '${JSON.stringify({ gatewayUrl: "http://x", namespace: "knflow-dev", workflows })}'`);
    clone.write("Pulumi.dev.yaml", "config:\n  knflow:context: mine\n  knflow:kubeconfig: ../kubeconfig\n");
    clone.write("../kubeconfig", "contexts: [{name: mine}]\n");
    clone.write("functions/tax/workflow.yaml", "");
    clone.tool(
      "kubectl",
      `case "$*" in version*) echo '{"clientVersion": {"gitVersion": "v1.34.2"}}';; *) echo '{"items": []}';; esac`,
    );
  });
  after(() => clone.remove());

  for (const [name, said] of [
    ["tax", /^error: tax is in the working tree but not deployed to this stack yet; .*"pulumi up" deploys it/],
    ["shop", /^error: shop is not deployed: .* but the cluster has none; "pulumi up --refresh" makes it again$/],
    ["shop/sell", /^error: shop\/sell is not deployed: /],
    ["shap", /^error: there is no workflow "shap"; /],
  ] as const) {
    it(`says of ${name} that it is not deployed, and fails`, async () => {
      const { stdout, stderr, exitCode } = await execa(
        process.execPath,
        [join(clone.root, "cli", "knflow.js"), "status", name],
        { env: clone.environment, cwd: clone.root, reject: false },
      );
      assert.deepEqual([stdout, exitCode], ["", 1]);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /knflow status/);
    });
  }
});
