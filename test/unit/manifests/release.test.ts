import assert from "node:assert/strict";
import {
  configureCrds,
  configureKourier,
  configureServing,
  parseManifest,
  stages,
  type KubernetesObject,
  type ServingConfiguration,
} from "../../../manifests/release.ts";
import { withCpuRequest } from "../../../manifests/release-deployments.ts";
import { knativeTracing } from "../../../manifests/telemetry.ts";

const object = (kind: string, name: string, rest: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "knative-serving" },
  ...rest,
});

const core = [
  object("ConfigMap", "config-network", { data: { _example: "text" } }),
  object("ConfigMap", "config-autoscaler", { data: { _example: "text" } }),
  object("ConfigMap", "config-domain", { data: { _example: "text" } }),
  object("ConfigMap", "config-deployment", { data: { _example: "text", "queue-sidecar-image": "queue@sha256:1" } }),
  object("Deployment", "controller"),
];

describe("release manifests", () => {
  it("are read document by document, empty ones left out", () => {
    const objects = parseManifest(
      "x.yaml",
      "---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n",
    );
    assert.deepEqual(
      objects.map((one) => one.kind),
      ["A", "B"],
    );
    assert.throws(
      () => parseManifest("x.yaml", "<html>not found</html>"),
      /x.yaml holds something that is no Kubernetes object/,
    );
    assert.throws(() => parseManifest("x.yaml", "a: [1"), /x.yaml is no YAML/);
  });

  it("wait for every CRD to be established", () => {
    const [crd] = configureCrds([object("CustomResourceDefinition", "services.serving.knative.dev")]);
    assert.equal(crd?.metadata.annotations?.["pulumi.com/waitFor"], "condition=Established");
  });

  it("set Kourier's class, the domain and the registry, and keep every other key", () => {
    const configured = configureServing(core, {
      domain: "192.0.2.7.sslip.io",
      registriesSkippingTagResolving: ["localhost:5000"],
    });
    const data = (name: string) => configured.find((one) => one.metadata.name === name)?.data;
    assert.deepEqual(data("config-network"), {
      _example: "text",
      "ingress-class": "kourier.ingress.networking.knative.dev",
      "mesh-compatibility-mode": "disabled",
    });
    assert.deepEqual(data("config-autoscaler"), { _example: "text", "allow-zero-initial-scale": "true" });
    assert.deepEqual(data("config-domain"), { _example: "text", "192.0.2.7.sslip.io": "" });
    assert.deepEqual(data("config-deployment"), {
      _example: "text",
      "queue-sidecar-image": "queue@sha256:1",
      "registries-skipping-tag-resolving": "kind.local,ko.local,dev.local,localhost:5000",
    });
    assert.deepEqual((core[0] as { data?: object }).data, { _example: "text" }, "the input is left as it was");
  });

  it("set the collector of Knative's and Kourier's own spans, and queue-proxy's figures, where they are asked for", () => {
    const tracing = {
      "tracing-protocol": "http/protobuf",
      "tracing-endpoint": "http://collector:4318/v1/traces",
      "tracing-sampling-rate": "0.1",
    } as const;
    const observability = object("ConfigMap", "config-observability", { data: { _example: "text" } });
    const of = (objects: readonly KubernetesObject[], name: string) =>
      objects.find((one) => one.metadata.name === name)?.data;
    const serving = configureServing([...core, observability], { tracing, requestMetrics: true });
    assert.deepEqual(of(serving, "config-observability"), {
      _example: "text",
      ...tracing,
      "request-metrics-protocol": "prometheus",
    });
    const left = configureServing([...core, observability], { tracing: undefined, requestMetrics: false });
    assert.deepEqual(of(left, "config-observability"), { _example: "text" });
    const gateway = [object("Service", "kourier"), object("ConfigMap", "config-kourier")];
    assert.deepEqual(of(configureKourier(gateway, { type: "ClusterIP", tracing }), "config-kourier"), tracing);
    assert.equal(of(configureKourier(gateway, { type: "ClusterIP" }), "config-kourier"), undefined);
  });

  it("start the pods anew that read their settings only when they start, and no others", () => {
    const metadata = { labels: { app: "x" }, annotations: { a: "b" } };
    const spec = { replicas: 1, template: { metadata, spec: {} } };
    const deployments = ["activator", "autoscaler", "controller"].map((name) => object("Deployment", name, { spec }));
    const observability = object("ConfigMap", "config-observability");
    const tracing = knativeTracing({ tracing: { endpoint: "http://collector:4318", sampling: 0.1 } });
    const specs = (configuration: ServingConfiguration) =>
      configureServing([...core, observability, ...deployments], configuration)
        .slice(-deployments.length)
        .map((deployment) => deployment.spec);
    const startedWith = (values: object) => ({
      replicas: 1,
      template: {
        metadata: { ...metadata, annotations: { a: "b", "knflow.dev/started-with": JSON.stringify(values) } },
        spec: {},
      },
    });
    const mesh = { "mesh-compatibility-mode": "disabled" };
    assert.deepEqual(specs({}), [startedWith(mesh), startedWith(mesh), spec]);
    const traced = startedWith({ ...mesh, ...tracing });
    assert.deepEqual(specs({ tracing }), [traced, traced, spec]);
  });

  it("are refused where they are not the file that was expected", () => {
    assert.throws(() => configureServing([], {}), /serving-core.yaml has no ConfigMap config-network/);
    assert.throws(() => configureKourier(core, { type: "LoadBalancer" }), /kourier.yaml has no Service kourier/);
  });

  it("give Kourier's gateway its type and address, and wait for no load balancer where the address is given", () => {
    const service = object("Service", "kourier", { spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
    const [external] = configureKourier([service], { type: "LoadBalancer", externalIp: "192.0.2.7" });
    assert.deepEqual(external?.spec, { type: "LoadBalancer", ports: [{ port: 80 }], externalIPs: ["192.0.2.7"] });
    assert.equal(external?.metadata.annotations?.["pulumi.com/skipAwait"], "true");
    const [nodePort] = configureKourier([service], { type: "NodePort" });
    assert.deepEqual(nodePort?.spec, { type: "NodePort", ports: [{ port: 80 }] });
    assert.equal(nodePort?.metadata.annotations, undefined);
  });

  it("give Kourier's controller ten minutes to start, and leave its liveness as it is then", () => {
    const livenessProbe = { grpc: { port: 18000 }, periodSeconds: 10, failureThreshold: 6 };
    const template = { spec: { containers: [{ name: "controller", livenessProbe }] } };
    const controller = object("Deployment", "net-kourier-controller", { spec: { template } });
    const [, configured] = configureKourier([object("Service", "kourier", { spec: {} }), controller], {
      type: "ClusterIP",
    }) as [KubernetesObject, { spec: { template: typeof template } }];
    assert.deepEqual(configured.spec.template.spec.containers, [
      {
        name: "controller",
        livenessProbe,
        startupProbe: { grpc: { port: 18000 }, periodSeconds: 10, failureThreshold: 60 },
      },
    ]);
  });

  it("ask for the CPU that is set, and leave every other request and limit", () => {
    const resources = { requests: { cpu: "300m", memory: "60Mi" }, limits: { cpu: "1" } };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "activator" },
      spec: { template: { spec: { containers: [{ name: "activator", resources }, { name: "bare" }] } } },
    };
    const [asked] = withCpuRequest([deployment], "20m") as (typeof deployment)[];
    assert.deepEqual(asked?.spec.template.spec.containers, [
      { name: "activator", resources: { requests: { cpu: "20m", memory: "60Mi" }, limits: { cpu: "1" } } },
      { name: "bare", resources: { requests: { cpu: "20m" } } },
    ]);
    assert.deepEqual(withCpuRequest([deployment], undefined), [deployment]);
  });

  it("are parted so that nothing waits in one stage for what comes in the same", () => {
    const service = object("Service", "webhook", { spec: {} });
    const balancer = object("Service", "kourier", { spec: { type: "LoadBalancer" } });
    const hook = object("ValidatingWebhookConfiguration", "config.webhook", {
      webhooks: [{ name: "config.webhook", rules: [{ resources: ["services"] }], failurePolicy: "Fail" }],
    });
    const certificate = { ...object("Certificate", "routing"), apiVersion: "networking.internal.knative.dev/v1alpha1" };
    const crd = object("CustomResourceDefinition", "services");
    const { base, servers, webhooks, last } = stages([crd, hook, ...core, certificate, service, balancer]);
    assert.deepEqual(
      base.map(({ metadata }) => metadata.name),
      ["config-network", "config-autoscaler", "config-domain", "config-deployment", "webhook"],
    );
    assert.deepEqual(base.at(-1)?.metadata.annotations, { "pulumi.com/skipAwait": "true" });
    assert.deepEqual(
      servers.map(({ metadata }) => metadata.name),
      ["controller"],
    );
    assert.deepEqual(
      webhooks.map(({ metadata }) => [metadata.name, metadata.annotations?.["pulumi.com/waitFor"]]),
      [[hook.metadata.name, "jsonpath={.webhooks[0].clientConfig.caBundle}"]],
    );
    // The rules are Knative's to write.
    assert.deepEqual(webhooks[0]?.webhooks, [{ name: "config.webhook", failurePolicy: "Fail" }]);
    assert.deepEqual(last, [certificate, balancer]);
  });
});
