/** Names that others see. */
export const names = {
  node: (instance: string) => `knflow-${instance}`,
  context: (instance: string) => `knflow-${instance}`,
  cgroup: (instance: string) => `knflow-${instance}`,
} as const;

/** Every instance has these inside namespaces of its own, so they are the same in all. */
export const podRange = "10.244.0.0/23";
export const serviceRange = "10.96.0.0/16";
export const serviceIps = { kubernetes: "10.96.0.1", dns: "10.96.0.10" } as const;
export const clusterDomain = "cluster.local";
export const registryAddress = "localhost:5000";
/** CNI plugins: Debian's, and the node's own. */
export const cniFolder = "/run/cni-plugins";
export const containerdSocket = "/run/containerd/containerd.sock";
/** The host's network namespace, as the node's processes find it. */
export const hostNetworkNamespace = "/run/host-netns";
