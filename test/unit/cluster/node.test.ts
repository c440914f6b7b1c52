import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "mocha";
import { parse, parseAllDocuments } from "yaml";
import { addonManifests } from "../../../cluster/embedded/addons.ts";
import { hasReadyPod, isNodeReady } from "../../../cluster/embedded/kubernetes.ts";
import { layoutOf } from "../../../cluster/embedded/layout.ts";
import { addressesOf } from "../../../cluster/embedded/network.ts";
import { nodeInit, reachableNameservers } from "../../../cluster/embedded/node-init.ts";
import { kubeconfigText } from "../../../cluster/embedded/pki.ts";
import { checkName } from "../../../cluster/embedded/preconditions.ts";
import { configFiles } from "../../../cluster/embedded/service-config.ts";
import { runScript, servicesOf } from "../../../cluster/embedded/services.ts";
import { parseSvstat } from "../../../cluster/embedded/status.ts";
import { splitDocuments } from "../../../cluster/platform/knative.ts";
import { UserError } from "../../../console/errors.ts";

const layout = layoutOf("unit");
const network = { ...addressesOf(3), gatewayPort: 8080 };

describe("an instance's name", () => {
  it("is a short DNS label", () => {
    for (const name of ["dev", "a", "test-2"]) assert.doesNotThrow(() => checkName(name));
    for (const name of ["", "Dev", "-a", "a-", "../x", "a.b", "1a", "a".repeat(31)])
      assert.throws(() => checkName(name), UserError, name);
  });
});

describe("the node's scripts", () => {
  it("are correct shell", () => {
    const scripts = [
      nodeInit(layout, network, ["10.0.0.1"], "/bin/network-policies"),
      ...servicesOf(layout, network, (b) => `/bin/${b}`).map(runScript),
    ];
    for (const script of scripts) execFileSync("sh", ["-n"], { input: script });
  });

  it("take the host's nameservers that a node can reach", () => {
    const text = "# x\nnameserver 127.0.0.53\nnameserver 10.1.1.1\n nameserver ::1\nnameserver fd00::1\nsearch a\n";
    assert.deepEqual(reachableNameservers(text), ["10.1.1.1", "fd00::1"]);
  });
});

describe("the configuration of the node's services", () => {
  const files = configFiles(layout, network, "localhost:5000/base/pause@sha256:00");

  it("keeps pods in the instance's own cgroup", () => {
    const kubelet = parse(files["kubelet.yaml"] ?? "") as { cgroupRoot: string; maxPods: number };
    assert.equal(kubelet.cgroupRoot, "/knflow-unit");
    assert.ok(kubelet.maxPods >= 250);
    assert.match(files["buildkitd.toml"] ?? "", /defaultCgroupParent = "\/knflow-unit\//);
  });

  it("forwards the gateway's port on loopback alone", () => {
    assert.match(files["gateway.conf"] ?? "", /listen 127\.0\.0\.1:8080 .*\n/);
    assert.match(files["gateway.conf"] ?? "", /proxy_pass 10\.200\.0\.14:80;/);
  });

  it("makes a DNS that forwards only where the node has a nameserver to ask", () => {
    assert.match(addonManifests("image", true), /forward \. \/etc\/resolv\.conf\n/);
    assert.doesNotMatch(addonManifests("image", false), /forward/);
  });

  it("makes the DNS service that pods are told of", () => {
    const objects = parseAllDocuments(addonManifests("image", true)).map(
      (document) => document.toJS() as Record<string, never>,
    );
    const service = objects.find((object) => object.kind === ("Service" as never)) as
      { spec: { clusterIP: string } } | undefined;
    const kubelet = parse(files["kubelet.yaml"] ?? "") as { clusterDNS: string[] };
    assert.deepEqual(kubelet.clusterDNS, [service?.spec.clusterIP]);
  });
});

describe("a kubeconfig", () => {
  it("has one context, which is the current one", () => {
    const data = Buffer.from("x");
    const text = kubeconfigText({
      name: "knflow-unit",
      server: "https://a:6443",
      authority: data,
      certificate: data,
      key: data,
    });
    const config = parse(text) as { contexts: { name: string }[]; "current-context": string };
    assert.deepEqual(
      config.contexts.map((context) => context.name),
      ["knflow-unit"],
    );
    assert.equal(config["current-context"], "knflow-unit");
  });
});

describe("what is read of a running node", () => {
  it("tells since when a service runs, and its process on the host", () => {
    const now = Date.parse("2030-01-01T00:01:00Z");
    assert.deepEqual(parseSvstat("true 17 60", now, new Map([[17, 4711]])), {
      running: true,
      pid: 4711,
      since: "2030-01-01T00:00:00.000Z",
    });
    assert.deepEqual(parseSvstat("false -1 1", now, new Map()), { running: false, since: "2030-01-01T00:00:59.000Z" });
    assert.deepEqual(parseSvstat("", now, new Map()), { running: false });
  });

  it("takes a node's word only since it runs", () => {
    const node = (status: string) =>
      JSON.stringify({
        status: { conditions: [{ type: "Ready", status, lastHeartbeatTime: "2030-01-01T00:00:10Z" }] },
      });
    assert.ok(isNodeReady(node("True")));
    assert.ok(isNodeReady(node("True"), "2030-01-01T00:00:10.000Z"));
    assert.ok(!isNodeReady(node("True"), "2030-01-01T00:00:11.000Z"));
    assert.ok(!isNodeReady(node("Unknown")));
    assert.ok(!isNodeReady("{}"));
  });

  it("takes a pod for ready only where its containers started since then", () => {
    const pods = (status: string, startedAt: string) =>
      JSON.stringify({
        items: [
          {
            status: {
              conditions: [{ type: "Ready", status }],
              containerStatuses: [{ state: { running: { startedAt } } }],
            },
          },
        ],
      });
    const since = "2030-01-01T00:00:10.000Z";
    assert.ok(hasReadyPod(pods("True", "2030-01-01T00:00:10Z"), since));
    assert.ok(!hasReadyPod(pods("True", "2030-01-01T00:00:09Z"), since));
    assert.ok(!hasReadyPod(pods("False", "2030-01-01T00:00:10Z"), since));
    assert.ok(!hasReadyPod('{"items":[]}', since));
  });
});

describe("manifests out of a Go module", () => {
  it("are split into the documents that hold an object", () => {
    assert.deepEqual(
      splitDocuments("# licence\n---\nkind: A\nspec:\n  kind: B\n---\n---\nspec: {}\n--- # c\nkind: C\n"),
      ["kind: A\nspec:\n  kind: B", "kind: C"],
    );
  });
});
