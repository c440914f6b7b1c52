import assert from "node:assert/strict";
import { networkPolicies } from "../../../manifests/network-policies.ts";
import { fileServerDeployment } from "../../../manifests/file-server.ts";
import { knativeService } from "../../../manifests/knative-service.ts";
import { runKeeperDeployment, runStoreDeployment } from "../../../manifests/run-store.ts";
import { functionYaml } from "../../../source/function-yaml.ts";

const namespace = "knflow-dev";

interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

interface Rule {
  readonly from: readonly { podSelector?: Selector; namespaceSelector?: Selector }[];
  readonly ports: readonly { protocol: string; port: number }[];
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>) {
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key in labels;
    if (operator === "DoesNotExist") return !(key in labels);
    assert.equal(operator, "In");
    return values.includes(labels[key] ?? "");
  });
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && expressions.every(Boolean);
}

/** What Kubernetes says of policies for ingress: a pod that any selects takes what one of these allows. */
function mayConnect(from: Pod, to: Pod, port: number, runStore = true, metricsNamespaces: string[] = []): boolean {
  const gatewayNamespaces = ["knative-serving", "kourier-system"];
  const policies = networkPolicies({ namespace, gatewayNamespaces, metricsNamespaces, runStore });
  const about = policies.filter(({ metadata, spec }) => {
    return metadata.namespace === to.namespace && selects(spec.podSelector, to.labels);
  });
  if (about.length === 0) return true;
  const peer = ({ podSelector, namespaceSelector }: Rule["from"][number]) =>
    (namespaceSelector
      ? selects(namespaceSelector, { "kubernetes.io/metadata.name": from.namespace })
      : from.namespace === namespace) && selects(podSelector ?? {}, from.labels);
  return about
    .flatMap(({ spec }) => spec.ingress as Rule[])
    .some(({ from: peers, ports }) => peers.some(peer) && ports.some((one) => one.port === port));
}

const archive = {
  source: { folder: "f" },
  object: `wordcount/count-${"a".repeat(64)}.zip`,
  sha256: "a".repeat(64),
  size: 1,
};

function workflowPod(fn?: string): Pod {
  const { labels } = knativeService({
    name: "wordcount",
    namespace,
    workflow: "wordcount",
    ...(fn === undefined ? {} : { function: fn }),
    image: "i",
    archive,
    codeOrigin: "http://x/data/",
    settings: functionYaml.parse({ runtime: "python" }),
    logLevel: "info",
    runtimeEnv: {},
  }).spec.template.metadata;
  return { namespace, labels };
}

function deployed({ spec }: { spec: { template: { metadata: { labels: Record<string, string> } } } }): Pod {
  return { namespace, labels: spec.template.metadata.labels };
}

const text = { namespace, image: "i" };
const pods = {
  function: workflowPod("count"),
  executor: workflowPod(),
  fileServer: deployed(fileServerDeployment({ ...text, claim: "c", listing: false })),
  runStore: deployed(runStoreDeployment({ ...text, claim: "c", secretVersion: "1" })),
  runKeeper: deployed(runKeeperDeployment({ ...text, secretVersion: "1", retentionDays: 1, logLevel: "info" })),
  other: { namespace, labels: {} },
  activator: { namespace: "knative-serving", labels: { app: "activator" } },
  gateway: { namespace: "kourier-system", labels: { app: "3scale-kourier-gateway" } },
  foreign: { namespace: "default", labels: {} },
  // Labels of another namespace's pods are anybody's to set.
  foreignFunction: { namespace: "default", labels: workflowPod("count").labels },
  foreignKeeper: { namespace: "default", labels: { app: "run-keeper" } },
} satisfies Record<string, Pod>;

describe("NetworkPolicies", () => {
  const who = (to: Pod, port: number) =>
    Object.entries(pods)
      .filter(([, from]) => mayConnect(from, to, port))
      .map(([name]) => name);

  it("let functions and executors reach the file server, on its port alone", () => {
    assert.deepEqual(who(pods.fileServer, 8080), ["function", "executor"]);
    assert.deepEqual(who(pods.fileServer, 80), []);
  });

  it("let Knative and the gateway reach functions and executors, on queue-proxy's ports alone", () => {
    for (const to of [pods.function, pods.executor]) {
      for (const port of [8012, 8013, 8112, 9090]) assert.deepEqual(who(to, port), ["activator", "gateway"]);
      for (const port of [9000, 8022, 9091]) assert.deepEqual(who(to, port), []);
    }
  });

  it("let the namespaces that may read metrics reach those of functions and executors, and nothing else", () => {
    const prometheus = { namespace: "monitoring", labels: { app: "prometheus" } };
    const may = (to: Pod, port: number, ...namespaces: string[]) => mayConnect(prometheus, to, port, true, namespaces);
    for (const to of [pods.function, pods.executor]) {
      for (const port of [9464, 9091]) {
        assert.equal(may(to, port, "monitoring"), true);
        assert.equal(may(to, port, "observability"), false);
        assert.equal(may(to, port), false);
      }
      for (const port of [9000, 8012]) assert.equal(may(to, port, "monitoring"), false);
    }
    assert.equal(may(pods.runStore, 5432, "monitoring"), false);
    assert.equal(may(pods.fileServer, 8080, "monitoring"), false);
  });

  it("let executors and the run keeper reach the run store", () => {
    assert.deepEqual(who(pods.runStore, 5432), ["executor", "runKeeper"]);
    assert.equal(mayConnect(pods.executor, pods.runStore, 5432, false), false);
  });

  it("let nobody reach anything else of the namespace", () => {
    for (const port of [80, 5432, 8012, 9000]) {
      assert.deepEqual(who(pods.runKeeper, port), []);
      assert.deepEqual(who(pods.other, port), []);
    }
  });

  it("say nothing of where to pods connect", () => {
    const made = networkPolicies({ namespace, gatewayNamespaces: ["g"], runStore: true });
    assert.deepEqual([...new Set(made.flatMap(({ spec }) => spec.policyTypes))], ["Ingress"]);
  });
});
