import { fileServerName, fileServerPort } from "./file-server.ts";
import { labels, platformLabels } from "./labels.ts";
import { metricsPort } from "./telemetry.ts";
import { runKeeperName, runStoreName, runStorePort } from "./run-store.ts";

/** What {@link networkPolicies} is made from. */
export interface NetworkPoliciesSpec {
  readonly namespace: string;
  /** The namespaces of Knative Serving and of the gateway's pods. */
  readonly gatewayNamespaces: readonly string[];
  /** The namespaces whose pods may read metrics. Default: none */
  readonly metricsNamespaces?: readonly string[];
  /** Whether the stack has a run store of its own. */
  readonly runStore: boolean;
}

/**
 * The ports of Knative's queue-proxy that its activator and autoscaler and the gateway ask: requests by HTTP/1, HTTP/2 and TLS, and
 * the figures that scale a Revision. The kubelet's (8022) policies never keep out.
 * https://github.com/knative/serving/blob/main/pkg/networking/constants.go
 */
const queueProxyPorts = [8012, 8013, 8112, 9090];
/** The one at which it gives figures of requests, where Knative is set to do so. */
const queueProxyMetricsPort = 9091;

/** Functions' and executors' pods. */
const workflowPods = { matchExpressions: [{ key: labels.workflow, operator: "Exists" }] };

/** Executors' pods alone. */
const executorPods = {
  matchExpressions: [
    { key: labels.workflow, operator: "Exists" },
    { key: labels.function, operator: "DoesNotExist" },
  ],
};

/**
 * Who may open a connection to a pod of the stack's namespace: nobody, and these exceptions. Where to pods may connect is
 * left open. Functions and executors call each other through the gateway, so nothing goes from one's pod to another's.
 */
export function networkPolicies({
  namespace,
  gatewayNamespaces,
  metricsNamespaces = [],
  runStore,
}: NetworkPoliciesSpec) {
  const policy = (name: string, podSelector: object, ingress: readonly object[]) => ({
    metadata: { name, namespace, labels: platformLabels("network-policies") },
    spec: { podSelector, policyTypes: ["Ingress"], ingress: [...ingress] },
  });
  const app = (name: string) => ({ matchLabels: { app: name } });
  const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));
  const namespaces = (names: readonly string[]) => [
    {
      namespaceSelector: {
        matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...names] }],
      },
    },
  ];
  const metrics = { from: namespaces(metricsNamespaces), ports: tcp(metricsPort, queueProxyMetricsPort) };
  return [
    policy("deny-ingress", {}, []),
    policy(fileServerName, app(fileServerName), [
      { from: [{ podSelector: workflowPods }], ports: tcp(fileServerPort) },
    ]),
    policy("workflows", workflowPods, [
      { from: namespaces(gatewayNamespaces), ports: tcp(...queueProxyPorts) },
      ...(metricsNamespaces.length > 0 ? [metrics] : []),
    ]),
    ...(runStore
      ? [
          policy(runStoreName, app(runStoreName), [
            { from: [{ podSelector: app(runKeeperName) }, { podSelector: executorPods }], ports: tcp(runStorePort) },
          ]),
        ]
      : []),
  ];
}
