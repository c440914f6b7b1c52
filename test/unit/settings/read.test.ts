import assert from "node:assert/strict";
import { UserError } from "../../../console/errors.ts";
import { resolveSettings } from "../../../settings/index.ts";
import { readKeys } from "../../../settings/read.ts";

const cluster = { context: "kind-test" };

describe("settings", () => {
  it("have the reference deployment as defaults", () => {
    const settings = resolveSettings(readKeys({ context: "kind-test", externalIp: "192.0.2.7" }), "dev", cluster);
    assert.equal(settings.namespace, "knflow-dev");
    assert.equal(settings.platform, "managed");
    assert.deepEqual(settings.gateway, {
      type: "LoadBalancer",
      externalIp: "192.0.2.7",
      domain: "192.0.2.7.sslip.io",
      url: "http://192.0.2.7",
    });
    assert.equal(settings.codeVolume.name, "faasit-code-volume");
    assert.equal(settings.codeVolume.capacity, "1Gi");
    assert.equal(settings.codeVolume.request, "512Mi");
  });

  it("let nobody but Knative and the gateway connect, and list nothing, unless a stack wants it otherwise", () => {
    const settled = (values: Record<string, string>) => {
      const keys = readKeys({ context: "kind-test", externalIp: "192.0.2.7", ...values });
      const { networkPolicies, codeListing } = resolveSettings(keys, "dev", cluster);
      return [networkPolicies?.gatewayNamespaces, codeListing];
    };
    assert.deepEqual(settled({}), [["knative-serving", "kourier-system"], false]);
    assert.deepEqual(settled({ gatewayNamespaces: '["istio-system"]', codeListing: "true" }), [["istio-system"], true]);
    assert.deepEqual(settled({ networkPolicies: "false" }), [undefined, false]);
    assert.throws(() => settled({ networkPolicies: "off" }), /knflow:networkPolicies must be true or false.*"off"/);
    assert.throws(
      () => settled({ gatewayNamespaces: "[]" }),
      /knflow:gatewayNamespaces must name one namespace or more/,
    );
  });

  it("tell nothing but logs, unless a stack wants it otherwise", () => {
    const settled = (values: Record<string, string>) => {
      const keys = readKeys({ context: "kind-test", externalIp: "192.0.2.7", ...values });
      return resolveSettings(keys, "dev", cluster).telemetry;
    };
    assert.deepEqual(settled({}), { tracing: undefined, metrics: undefined });
    const endpoint = "http://collector.observability:4318";
    const headers = { secret: "otlp", key: "headers" };
    assert.deepEqual(
      settled({ tracing: JSON.stringify({ endpoint, headers }), metrics: '{"namespaces": ["monitoring"]}' }),
      { tracing: { endpoint, sampling: 1, headers }, metrics: { namespaces: ["monitoring"] } },
    );
    assert.equal(settled({ tracing: JSON.stringify({ endpoint, sampling: "0.1" }) }).tracing?.sampling, 0.1);
    const refused = (tracing: object, reason: RegExp) =>
      assert.throws(() => settled({ tracing: JSON.stringify(tracing) }), reason);
    refused({ endpoint: "collector:4317" }, /knflow:tracing\.endpoint must be an address such as http:/);
    refused({ endpoint: "http://user:word@collector" }, /knflow:tracing\.endpoint must be an address such as/);
    for (const sampling of [10, "10", "often", ""]) {
      refused({ endpoint, sampling }, /knflow:tracing\.sampling must be from 0 to 1/);
    }
    refused({ endpoint, rate: 1 }, /knflow:tracing\.rate is unknown/);
    assert.throws(() => settled({ metrics: '{"namespaces": []}' }), /must name one namespace or more/);
  });

  it("name everything that is wrong at once, with its value and what is allowed", () => {
    assert.throws(
      () =>
        readKeys({
          gatewayType: "Ingress",
          externalIp: "example.com",
          readyTimeoutSeconds: "soon",
          codeVolumeCapacity: "1 gig",
        }),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /knflow:gatewayType must be one of: LoadBalancer, NodePort, ClusterIP, but is "Ingress"/,
        );
        assert.match(error.message, /knflow:externalIp must be an IPv4 address, but is "example.com"/);
        assert.match(error.message, /knflow:readyTimeoutSeconds .*but is "soon"/);
        assert.match(
          error.message,
          /knflow:codeVolumeCapacity must be a size such as "512Mi" or "1Gi", but is "1 gig"/,
        );
        return true;
      },
    );
  });

  it("refuse an unknown key and point at the one that was meant", () => {
    assert.throws(
      () => readKeys({ "external-ip": "192.0.2.7" }),
      /knflow:external-ip is unknown; did you mean knflow:externalIp\?/,
    );
    assert.throws(() => readKeys({ colour: "blue" }), /knflow:colour is unknown; known are: embedded, /);
    for (const key of ["__proto__", "constructor", "toString"]) {
      assert.throws(() => readKeys(Object.fromEntries([[key, "x"]])), {
        message: new RegExp(`knflow:${key} is unknown; (known|did you mean)`),
      });
    }
    assert.throws(() => readKeys({ images: '{"ruby":"x"}' }), /knflow:images.ruby is unknown/);
  });

  it("read numbers and objects from Pulumi's texts, and leave texts that look like numbers alone", () => {
    const keys = readKeys({
      readyTimeoutSeconds: "300",
      images: '{"python":"registry.example.com/py:1"}',
      context: "123",
    });
    assert.equal(keys.readyTimeoutSeconds, 300);
    assert.deepEqual(keys.images, { python: "registry.example.com/py:1" });
    assert.equal(keys.context, "123");
  });

  it("do not show a secret that is wrong", () => {
    assert.throws(
      () => readKeys({ runStoreUrl: "postgrs://me:hunter2@db/runs" }),
      (error: Error) =>
        /knflow:runStoreUrl must be an address/.test(error.message) && !error.message.includes("hunter2"),
    );
  });

  it("refuse a secret that stands in clear, with the command that mends it, and what else is wrong", () => {
    const values = { runStoreUrl: "postgres://me:hunter2@db/runs", logPayloadBytes: "-1" };
    assert.throws(
      () => readKeys(values, ["runStoreUrl", "logPayloadBytes"]),
      (error: Error) => {
        assert.match(error.message, /runStoreUrl stands in clear, .*"pulumi config set --secret knflow:runStoreUrl"/);
        assert.match(error.message, /knflow:logPayloadBytes must be 0 or more, but is "-1"/);
        return !error.message.includes("hunter2");
      },
    );
    assert.equal(readKeys({ runStoreUrl: values.runStoreUrl }).runStoreUrl, values.runStoreUrl);
  });

  it("refuse injection into shells, paths and YAML", () => {
    for (const bad of [
      { namespace: "a; rm -rf /" },
      { domain: "x.com: {}" },
      { functions: "../../etc" },
      { functions: "/etc" },
      { registry: "x$(id)" },
      { codeVolumeName: "a\nb" },
      { images: '{"python":"a b"}' },
      { functions: "a\0b" },
      { context: "kind\nother" },
      { kubeconfig: "\u001b[2J" },
      { manifests: "a\tb" },
      { caBundle: "/a\nb" },
      { codeVolumeNode: "$(id)" },
      { codeVolumeStorageClass: "fast: {}" },
      { pipIndexUrl: "https://pypi.example.com/a b" },
      { runStoreUrl: "postgres://db/a b" },
    ]) {
      assert.throws(() => readKeys(bad), UserError, JSON.stringify(bad));
    }
  });

  it("take no credentials in addresses that are no secrets, and do not show them", () => {
    assert.throws(
      () => readKeys({ pipIndexUrl: "https://me:hunter2@pypi.example.com/simple" }),
      (error: Error) =>
        /knflow:pipIndexUrl must not hold a user or a password/.test(error.message) &&
        !error.message.includes("hunter2"),
    );
  });

  it("refuse a folder of the node's system for the code volume", () => {
    for (const path of ["/", "/etc", "/var/lib/", "/x/../etc", "/srv/a b", "srv/code"]) {
      assert.throws(() => readKeys({ codeVolumePath: path }), /knflow:codeVolumePath must/, path);
    }
    for (const path of ["/srv/knflow", "/var/lib/knflow/dev", "/home/me/code"]) {
      assert.equal(readKeys({ codeVolumePath: path, context: "kind" }).codeVolumePath, path);
    }
  });

  it("need an address where the gateway has none", () => {
    const named = { context: "kind-test", domain: "functions.example.com" };
    const keys = readKeys({ ...named, gatewayType: "NodePort" });
    assert.throws(() => resolveSettings(keys, "dev", cluster), /knflow:gatewayUrl is not set.*NodePort/);
    const balanced = resolveSettings(readKeys(named), "dev", cluster);
    assert.equal(balanced.gateway.url, undefined, "a load balancer gives it");
  });

  it("need a domain, be it of an address, where Knative is the stack's own", () => {
    const nameless = readKeys({ context: "kind-test" });
    assert.throws(
      () => resolveSettings(nameless, "dev", cluster),
      /neither knflow:domain nor knflow:externalIp is set/,
    );
    const external = resolveSettings(readKeys({ context: "kind-test", platform: "external" }), "dev", cluster);
    assert.equal(external.gateway.domain, undefined, "it is the cluster's");
  });

  it("need a namespace that Kubernetes takes, where it follows from the stack's name", () => {
    const keys = readKeys({ externalIp: "192.0.2.7" });
    const wrong = (name: string) =>
      new RegExp(`namespace would be "knflow-${name}", but must be a DNS label.* at most 57 .*; set knflow:namespace`);
    for (const stack of ["Feature_X", "v1.2", "x".repeat(51)]) {
      assert.throws(() => resolveSettings(keys, stack, cluster), wrong(stack));
      assert.equal(resolveSettings({ ...keys, namespace: "own" }, stack, cluster).namespace, "own");
    }
    const provided = { ...keys, codeVolumeStorageClass: "standard" };
    assert.equal(resolveSettings(provided, "x".repeat(56), cluster).namespace.length, 63);
  });

  it("make another volume for runs where their folder is another one", () => {
    const volumeOf = (codeVolumePath?: string) => {
      const keys = { externalIp: "192.0.2.7", ...(codeVolumePath === undefined ? {} : { codeVolumePath }) };
      const { runStore } = resolveSettings(readKeys(keys), "dev", cluster);
      return runStore && "volume" in runStore.server ? runStore.server.volume : assert.fail();
    };
    assert.equal(volumeOf().name, "knflow-dev-run-store");
    const [one, other] = [volumeOf("/srv/one"), volumeOf("/srv/other")];
    assert.equal(one.hostPath, "/srv/one-runs");
    assert.match(one.name, /^knflow-dev-run-store-[0-9a-f]{8}$/);
    assert.notEqual(one.name, other.name);
  });

  it("that do not go together are told all at once", () => {
    const wrong = {
      ...{ codeVolumePath: "/srv/code", codeVolumeStorageClass: "standard" },
      ...{ gatewayType: "NodePort", caBundle: "/no/such/ca-certificates.crt" },
    };
    assert.throws(
      () => resolveSettings(readKeys(wrong), "dev", cluster),
      new RegExp(
        "^UserError: the stack's settings are wrong:\n" +
          "  only one of knflow:codeVolumePath and knflow:codeVolumeStorageClass .*\n" +
          "  knflow:gatewayUrl is not set, .*\n" +
          "  neither knflow:domain nor knflow:externalIp is set, .*\n" +
          "  knflow:caBundle names /no/such/ca-certificates.crt, which is not there$",
      ),
    );
    const misnamed = readKeys({ externalIp: "192.0.2.7", caBundle: "/etc/passwd" });
    assert.throws(
      () => resolveSettings(misnamed, "dev", cluster),
      /must name a file ca-certificates.crt, but is \/etc/,
    );
  });
});
