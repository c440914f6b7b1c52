import { join } from "node:path";
import { shellQuote } from "../../console/shell.ts";
import { containerdSocket, hostNetworkNamespace, names, podRange, serviceRange } from "./constants.ts";
import type { Layout } from "./layout.ts";
import type { Network } from "./network.ts";

/** A part of the node, kept running by s6. */
export interface Service {
  readonly name: string;
  /** Shell words that succeed once the service can be started usefully; tried again until they do. */
  readonly waitFor?: string;
  /** The command and its arguments. */
  readonly command: readonly string[];
}

/** All services of a node, in the order in which they become useful. */
export function servicesOf(layout: Layout, network: Network, binary: (name: string) => string): Service[] {
  const config = (file: string) => join(layout.config, file);
  const pki = (file: string) => join(layout.pki, file);
  const kubernetesReady =
    "curl --silent --fail --insecure --max-time 2 --output /dev/null https://127.0.0.1:6443/readyz";
  const flags = (values: Record<string, string | number | boolean>) =>
    Object.entries(values).map(([flag, value]) => `--${flag}=${value}`);
  const restarted = { "leader-elect": false, "bind-address": "127.0.0.1" };
  return [
    { name: "registry", command: ["docker-registry", "serve", config("registry.yaml")] },
    { name: "containerd", command: ["containerd", "--config", config("containerd.toml"), "--log-level", "warn"] },
    {
      name: "etcd",
      command: [
        binary("etcd"),
        ...flags({
          name: "node",
          "data-dir": layout.etcd,
          "listen-client-urls": "http://127.0.0.1:2379",
          "advertise-client-urls": "http://127.0.0.1:2379",
          "listen-peer-urls": "http://127.0.0.1:2380",
          "initial-advertise-peer-urls": "http://127.0.0.1:2380",
          "initial-cluster": "node=http://127.0.0.1:2380",
          "quota-backend-bytes": 4 * 1024 ** 3,
          "auto-compaction-mode": "periodic",
          "auto-compaction-retention": "1h",
          "snapshot-count": 10000,
          // One member alone: an election needs no patience.
          "heartbeat-interval": 50,
          "election-timeout": 500,
          "log-level": "warn",
        }),
      ],
    },
    {
      name: "kube-apiserver",
      waitFor: "curl --silent --fail --max-time 2 --output /dev/null http://127.0.0.1:2379/health",
      command: [
        binary("kube-apiserver"),
        ...flags({
          "advertise-address": network.nodeIp,
          "allow-privileged": true,
          "authorization-mode": "Node,RBAC",
          "client-ca-file": pki("ca.crt"),
          "enable-admission-plugins": "NodeRestriction",
          "etcd-servers": "http://127.0.0.1:2379",
          "kubelet-client-certificate": pki("apiserver-kubelet.crt"),
          "kubelet-client-key": pki("apiserver-kubelet.key"),
          "kubelet-preferred-address-types": "InternalIP",
          "proxy-client-cert-file": pki("front-proxy.crt"),
          "proxy-client-key-file": pki("front-proxy.key"),
          "requestheader-allowed-names": "front-proxy-client",
          "requestheader-client-ca-file": pki("front-proxy-ca.crt"),
          "requestheader-extra-headers-prefix": "X-Remote-Extra-",
          "requestheader-group-headers": "X-Remote-Group",
          "requestheader-username-headers": "X-Remote-User",
          "secure-port": 6443,
          "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
          "service-account-key-file": pki("service-account.key"),
          "service-account-signing-key-file": pki("service-account.key"),
          "service-cluster-ip-range": serviceRange,
          "tls-cert-file": pki(`apiserver-${network.nodeIp}.crt`),
          "tls-private-key-file": pki(`apiserver-${network.nodeIp}.key`),
        }),
      ],
    },
    {
      name: "kube-controller-manager",
      waitFor: kubernetesReady,
      command: [
        binary("kube-controller-manager"),
        ...flags({
          ...restarted,
          "allocate-node-cidrs": false,
          "cluster-cidr": podRange,
          "cluster-signing-cert-file": pki("ca.crt"),
          "cluster-signing-key-file": pki("ca.key"),
          kubeconfig: pki("controller-manager.kubeconfig"),
          "root-ca-file": pki("ca.crt"),
          "service-account-private-key-file": pki("service-account.key"),
          "use-service-account-credentials": true,
          "kube-api-qps": 100,
          "kube-api-burst": 200,
        }),
      ],
    },
    {
      name: "kube-scheduler",
      waitFor: kubernetesReady,
      command: [
        binary("kube-scheduler"),
        ...flags({
          ...restarted,
          kubeconfig: pki("scheduler.kubeconfig"),
          "authentication-kubeconfig": pki("scheduler.kubeconfig"),
          "authorization-kubeconfig": pki("scheduler.kubeconfig"),
        }),
      ],
    },
    {
      name: "kubelet",
      waitFor: `[ -S ${containerdSocket} ] && ${kubernetesReady}`,
      command: [
        binary("kubelet"),
        ...flags({
          config: config("kubelet.yaml"),
          "hostname-override": names.node(layout.name),
          kubeconfig: pki("kubelet.kubeconfig"),
          "node-ip": network.nodeIp,
          "root-dir": layout.kubelet,
        }),
      ],
    },
    {
      name: "kube-proxy",
      waitFor: kubernetesReady,
      command: [binary("kube-proxy"), ...flags({ config: config("kube-proxy.yaml") })],
    },
    {
      name: "network-policies",
      waitFor: kubernetesReady,
      command: [
        binary("network-policies"),
        ...flags({
          kubeconfig: pki("network-policies.kubeconfig"),
          node: names.node(layout.name),
          "node-ip": network.nodeIp,
          "service-cluster-ip-range": serviceRange,
        }),
      ],
    },
    { name: "buildkitd", command: [binary("buildkitd"), "--config", config("buildkitd.toml")] },
    {
      name: "gateway-forward",
      command: ["nsenter", `--net=${hostNetworkNamespace}`, "nginx", "-e", "stderr", "-c", config("gateway.conf")],
    },
  ];
}

/** What s6 starts: waits for what the service needs, then becomes the service. */
export function runScript(service: Service): string {
  const wait = service.waitFor === undefined ? "" : `until ${service.waitFor}; do sleep 0.1; done\n`;
  return `#!/bin/sh\nexec 2>&1\n${wait}exec ${service.command.map(shellQuote).join(" ")}\n`;
}

/** Writes a service's output, each line with its time, to a folder of files that are rotated. */
export function logScript(folder: string): string {
  return `#!/bin/sh\nexec s6-log -b n4 s4000000 T ${shellQuote(folder)}\n`;
}
