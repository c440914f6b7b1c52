import assert from "node:assert/strict";
import { knativeService } from "../../../manifests/knative-service.ts";
import {
  gatewayTracing,
  knativeTracing,
  metricsPort,
  telemetryEnvironment,
  type TelemetrySpec,
} from "../../../manifests/telemetry.ts";
import { readTelemetry } from "../../../runtimes/workflow/src/telemetry/settings.ts";
import { functionYaml } from "../../../source/function-yaml.ts";

const endpoint = "http://collector.observability:4318";
const tracing = { endpoint, sampling: 0.1 };

function podOf(telemetry: TelemetrySpec | undefined) {
  const service = knativeService({
    name: "shop-pay",
    namespace: "knflow-test",
    workflow: "shop",
    function: "pay",
    image: "py@sha256:1",
    archive: { source: { folder: "f" }, object: "shop/pay.zip", sha256: "a".repeat(64), size: 1 },
    codeOrigin: "http://files/data/",
    settings: functionYaml.parse({ runtime: "python" }),
    logLevel: "info",
    runtimeEnv: {},
    telemetry,
  });
  const { metadata, spec } = service.spec.template;
  return { annotations: metadata.annotations as Record<string, string>, container: spec.containers[0] };
}

describe("what pods tell of themselves", () => {
  it("is nothing where no setting asks for it", () => {
    const { annotations, container } = podOf(undefined);
    assert.deepEqual(podOf({ tracing: undefined, metrics: undefined }), { annotations, container });
    assert.ok(!/TRACING|METRICS|prometheus|9464/.test(JSON.stringify({ annotations, container })));
    assert.deepEqual([knativeTracing({}), gatewayTracing({})], [undefined, undefined]);
  });

  it("is traces, with headers from a Secret", () => {
    const headers = { secret: "otlp", key: "headers" };
    const { container } = podOf({ tracing: { ...tracing, headers } });
    const env = container?.env ?? [];
    assert.ok(env.some((one) => "value" in one && one.name === "KNFLOW_TRACING_ENDPOINT" && one.value === endpoint));
    assert.deepEqual(env.at(-1), {
      name: "KNFLOW_TRACING_HEADERS",
      valueFrom: { secretKeyRef: { name: "otlp", key: "headers" } },
    });
  });

  it("is metrics at a port that Prometheus is told of, and that no container declares", () => {
    const { annotations, container } = podOf({ metrics: { namespaces: ["monitoring"] } });
    assert.equal(annotations["prometheus.io/scrape"], "true");
    assert.equal(annotations["prometheus.io/port"], "9464");
    assert.equal(annotations["prometheus.io/path"], "/metrics");
    // Knative refuses a second one.
    assert.deepEqual(container?.ports, [{ containerPort: 9000 }]);
    // What Knative's queue-proxy listens on in the same pod.
    assert.ok(![8008, 8012, 8013, 8022, 8112, 9090, 9091, 9000].includes(metricsPort));
  });

  it("is read by the runtimes as it was set", () => {
    const problems: string[] = [];
    const read = readTelemetry(telemetryEnvironment({ tracing, metrics: { namespaces: ["m"] } }), problems);
    assert.deepEqual(problems, []);
    assert.deepEqual(read, {
      tracing: { address: `${endpoint}/v1/traces`, sampling: 0.1, headers: {} },
      metricsPort,
    });
  });

  it("goes for Knative and Kourier to the same collector, where they can speak to it", () => {
    assert.deepEqual(gatewayTracing({ tracing: { endpoint: "http://collector.observability", sampling: 1 } }), {
      "tracing-protocol": "http/protobuf",
      "tracing-endpoint": "http://collector.observability:80/v1/traces",
      "tracing-sampling-rate": "1",
    });
    assert.equal(knativeTracing({ tracing })?.["tracing-endpoint"], `${endpoint}/v1/traces`);
    for (const more of [{ endpoint: "https://collector.example.com" }, { headers: { secret: "s", key: "k" } }]) {
      const telemetry = { tracing: { ...tracing, sampling: 1, ...more } };
      assert.deepEqual([knativeTracing(telemetry), gatewayTracing(telemetry)], [undefined, undefined]);
    }
  });

  it("is of Knative a share that lets it obey its callers, and of the gateway all or nothing", () => {
    const shareOf = (sampling: number) =>
      Number(knativeTracing({ tracing: { endpoint, sampling } })?.["tracing-sampling-rate"]);
    assert.equal(shareOf(0.1), 0.1);
    assert.ok(shareOf(0) > 0 && shareOf(0) < 0.0001);
    assert.ok(shareOf(1) < 1 && shareOf(1) > 0.9999);
    assert.equal(gatewayTracing({ tracing: { endpoint, sampling: 0.9 } }), undefined);
  });
});
