/**
 * Every pinned version of what the embedded cluster and the toolchain are made from. The Go modules below
 * `cluster/toolchain/go` pin the same versions with their checksums; a unit test compares them.
 */
export const versions = {
  pulumi: "3.250.0",
  /** The last language host that lived in the SDK's module; it serves newer SDKs and CLIs as well. */
  pulumiLanguageNodejs: "3.68.0",
  pulumiKubernetes: "4.25.0",
  pulumiCommand: "1.2.1",
  pulumiDockerBuild: "0.0.22",
  etcd: "3.6.5",
  kubernetes: "1.34.2",
  coredns: "1.14.7",
  /** Of it, only the controller for NetworkPolicies. */
  kubeRouter: "2.1.0",
  buildkit: "0.31.1",
  ko: "0.18.1",
  crane: "0.20.6",
  actionlint: "1.7.12",
} as const;
