import { join } from "node:path";
import { stringify } from "yaml";
import {
  cniFolder,
  clusterDomain,
  containerdSocket,
  names,
  podRange,
  registryAddress,
  serviceIps,
} from "./constants.ts";
import type { Layout } from "./layout.ts";
import type { Network } from "./network.ts";

/** The configuration files of the node's services, by their names in the instance's `config` folder. */
export function configFiles(layout: Layout, network: Network, pauseImage: string): Record<string, string> {
  return {
    "registry.yaml": registry(layout),
    "containerd.toml": containerd(layout, pauseImage),
    "cni/10-knflow.conflist": cni(),
    "kubelet.yaml": kubelet(layout, network),
    "kube-proxy.yaml": kubeProxy(layout),
    "buildkitd.toml": buildkitd(layout),
    "gateway.conf": gateway(network),
  };
}

function registry(layout: Layout): string {
  return stringify({
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: layout.registry, maxthreads: 100 },
      cache: { blobdescriptor: "inmemory" },
      delete: { enabled: true },
    },
    http: { addr: ":5000" },
  });
}

function containerd(layout: Layout, pauseImage: string): string {
  return `version = 2
root = ${JSON.stringify(layout.containerd)}
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]

[grpc]
  address = ${JSON.stringify(containerdSocket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(pauseImage)}
  # Without CAP_SYS_RESOURCE (a container or a sandboxed machine) runc cannot lower a score, and fails.
  restrict_oom_score_adj = true
  max_concurrent_downloads = 6

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(cniFolder)}
    conf_dir = ${JSON.stringify(join(layout.config, "cni"))}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    discard_unpacked_layers = false

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."${registryAddress}"]
    endpoint = ["http://${registryAddress}"]
`;
}

/** Addresses are kept on the node's /run, so that those of pods that ended with the node are free again. */
function cni(): string {
  return JSON.stringify(
    {
      cniVersion: "0.4.0",
      name: "knflow",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          ipMasq: true,
          hairpinMode: true,
          ipam: {
            type: "host-local",
            dataDir: "/run/cni",
            ranges: [[{ subnet: podRange }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
        { type: "network-policies" },
      ],
    },
    undefined,
    2,
  );
}

function kubelet(layout: Layout, network: Network): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.nodeIp,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(layout.pki, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${names.cgroup(layout.name)}`,
    failCgroupV1: false,
    clusterDNS: [serviceIps.dns],
    clusterDomain,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    // A swap partition is the user's business.
    failSwapOn: false,
    maxPods: 300,
    podLogsDir: "/var/log/pods",
    resolvConf: "/etc/resolv.conf",
    registerNode: true,
    serializeImagePulls: false,
    rotateCertificates: false,
    // The disk of a development machine is often nearly full; only when it runs out are pods to go.
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "1Gi",
      "imagefs.available": "1Gi",
      "nodefs.inodesFree": "1%",
    },
    imageGCHighThresholdPercent: 99,
    imageGCLowThresholdPercent: 98,
    // Changes reach pods quickly; there is one node that could be asked too often.
    syncFrequency: "10s",
    nodeStatusUpdateFrequency: "5s",
    registryPullQPS: 0,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
    eventRecordQPS: 0,
  });
}

function kubeProxy(layout: Layout): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    clusterCIDR: podRange,
    clientConnection: { kubeconfig: join(layout.pki, "kube-proxy.kubeconfig"), qps: 100, burst: 200 },
    hostnameOverride: names.node(layout.name),
    conntrack: { maxPerCore: 0, min: 0 },
    iptables: { minSyncPeriod: "200ms" },
  });
}

function buildkitd(layout: Layout): string {
  return `root = ${JSON.stringify(layout.buildkit)}

[grpc]
  address = [${JSON.stringify(`unix://${layout.buildkitSocket}`)}]

[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  networkMode = "host"
  defaultCgroupParent = "/${names.cgroup(layout.name)}/buildkit"
  gc = true
  reservedSpace = "1GB"
  maxUsedSpace = "8GB"

[worker.containerd]
  enabled = false

[registry."${registryAddress}"]
  http = true
`;
}

/** Plain forwarding: the gateway itself terminates HTTP. In one process, since a worker outlives a master that is killed. */
function gateway(network: Network): string {
  return `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
master_process off;
user root;
pid /run/gateway-forward.pid;
error_log stderr warn;
events { worker_connections 8192; }
stream {
  server {
    listen 127.0.0.1:${network.gatewayPort} reuseport backlog=4096;
    proxy_connect_timeout 5s;
    proxy_timeout 1h;
    tcp_nodelay on;
    proxy_pass ${network.nodeIp}:80;
  }
}
`;
}
