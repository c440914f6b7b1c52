import { stringify } from "yaml";
import { clusterDomain, serviceIps } from "./constants.ts";

/**
 * What every cluster has beside Kubernetes itself: its DNS, named as users and tools expect it, and what enforces
 * NetworkPolicies may read.
 *
 * @param upstream whether the node has a nameserver that answers for all other names
 */
export function addonManifests(corednsImage: string, upstream: boolean): string {
  // CoreDNS does not look at its file again; another name makes another pod.
  const config = upstream ? "coredns" : "coredns-alone";
  const meta = (name: string) => ({ name, namespace: "kube-system" });
  const labels = { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" };
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "knflow:network-policies" },
      rules: [
        { apiGroups: [""], resources: ["nodes", "pods", "namespaces"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["get", "list", "watch"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "knflow:network-policies" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "knflow:network-policies" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "knflow:network-policies" }],
    },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("coredns") },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "system:coredns" },
      rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "system:coredns" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
      subjects: [{ kind: "ServiceAccount", ...meta("coredns") }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(config), data: { Corefile: corefile(upstream) } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...meta("coredns"), labels },
      spec: {
        replicas: 1,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        selector: { matchLabels: { "k8s-app": "kube-dns" } },
        template: {
          metadata: { labels: { "k8s-app": "kube-dns" } },
          spec: {
            priorityClassName: "system-cluster-critical",
            serviceAccountName: "coredns",
            dnsPolicy: "Default",
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name: "coredns",
                image: corednsImage,
                args: ["-conf", "/etc/coredns/Corefile"],
                resources: { requests: { cpu: "20m", memory: "40Mi" }, limits: { memory: "170Mi" } },
                ports: [
                  { containerPort: 53, name: "dns", protocol: "UDP" },
                  { containerPort: 53, name: "dns-tcp", protocol: "TCP" },
                ],
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
                livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 30 },
                securityContext: {
                  runAsUser: 0,
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: config } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...meta("kube-dns"), labels },
      spec: {
        clusterIP: serviceIps.dns,
        selector: { "k8s-app": "kube-dns" },
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    },
  ]
    .map((object) => stringify(object))
    .join("---\n");
}

/** Where there is nobody to forward to, CoreDNS would refuse to start so; the cluster's own names do without. */
function corefile(upstream: boolean): string {
  return `.:53 {
    errors
    health
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    cache 10
${upstream ? "    forward . /etc/resolv.conf\n    loop\n" : ""}}
`;
}
