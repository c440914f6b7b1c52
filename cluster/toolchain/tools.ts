import { versions } from "../versions.ts";

/** The tools that knflow provides. */
export type ToolName =
  | "pulumi"
  | "pulumi-language-nodejs"
  | "pulumi-resource-kubernetes"
  | "pulumi-resource-command"
  | "pulumi-resource-docker-build"
  | "kubectl"
  | "kubernetes"
  | "etcd"
  | "coredns"
  | "network-policies"
  | "buildkit"
  | "ko"
  | "crane"
  | "actionlint";

/** How a tool is built from the Go module proxy. */
export interface Tool {
  readonly name: ToolName;
  readonly version: string;
  /** Folder of the Go module that pins it, below `cluster/`. */
  readonly module: string;
  /** The binaries, by the Go package that each is built from. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Go variables set by the linker, such as the version that the binary tells. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of a Go module's package that is built with others of our own: they are copied beside those before the build. */
  readonly embeds?: { readonly module: string; readonly folder: string; readonly files: readonly string[] };
  /** Set where the tool is a Pulumi resource plugin: its name there. */
  readonly plugin?: string;
  /** About what a build takes from an empty cache on two cores, in minutes; told to who waits. */
  readonly minutes: number;
}

const kubernetesVersion = {
  "k8s.io/component-base/version.gitVersion": `v${versions.kubernetes}`,
  "k8s.io/component-base/version.gitMajor": "1",
  "k8s.io/component-base/version.gitMinor": versions.kubernetes.split(".")[1] ?? "",
  "k8s.io/component-base/version.gitTreeState": "clean",
};

const table: readonly Tool[] = [
  {
    name: "pulumi-language-nodejs",
    version: versions.pulumiLanguageNodejs,
    module: "toolchain/go/pulumi-language-nodejs",
    binaries: { "pulumi-language-nodejs": "." },
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumiLanguageNodejs}` },
    embeds: {
      module: "github.com/pulumi/pulumi/sdk/v3",
      folder: "nodejs/cmd/pulumi-language-nodejs",
      files: ["main.go", "proxy.go", "proxy_unix.go"],
    },
    minutes: 1,
  },
  {
    name: "pulumi-resource-command",
    version: versions.pulumiCommand,
    module: "command-plugin",
    binaries: { "pulumi-resource-command": "." },
    plugin: "command",
    minutes: 1,
  },
  {
    name: "pulumi-resource-docker-build",
    version: versions.pulumiDockerBuild,
    module: "toolchain/go/docker-build",
    binaries: {
      "pulumi-resource-docker-build": "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
    },
    variables: { "github.com/pulumi/pulumi-docker-build/provider.Version": versions.pulumiDockerBuild },
    plugin: "docker-build",
    minutes: 4,
  },
  {
    name: "pulumi-resource-kubernetes",
    version: versions.pulumiKubernetes,
    module: "toolchain/go/kubernetes-plugin",
    binaries: { "pulumi-resource-kubernetes": "." },
    variables: { "main.version": versions.pulumiKubernetes },
    embeds: {
      module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
      folder: "cmd/pulumi-resource-kubernetes",
      files: ["schema.json", "terraform-mapping.json"],
    },
    plugin: "kubernetes",
    minutes: 8,
  },
  {
    name: "pulumi",
    version: versions.pulumi,
    module: "toolchain/go/pulumi",
    binaries: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
    minutes: 5,
  },
  {
    name: "kubectl",
    version: versions.kubernetes,
    module: "toolchain/go/kubernetes",
    binaries: { kubectl: "k8s.io/kubernetes/cmd/kubectl" },
    variables: kubernetesVersion,
    minutes: 2,
  },
  {
    name: "kubernetes",
    version: versions.kubernetes,
    module: "toolchain/go/kubernetes",
    binaries: Object.fromEntries(
      ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"].map((binary) => [
        binary,
        `k8s.io/kubernetes/cmd/${binary}`,
      ]),
    ),
    variables: kubernetesVersion,
    minutes: 6,
  },
  {
    name: "etcd",
    version: versions.etcd,
    module: "toolchain/go/etcd",
    binaries: { etcd: "go.etcd.io/etcd/server/v3" },
    minutes: 1,
  },
  {
    name: "coredns",
    version: versions.coredns,
    module: "toolchain/go/coredns",
    binaries: { coredns: "github.com/coredns/coredns" },
    minutes: 2,
  },
  {
    name: "network-policies",
    version: versions.kubeRouter,
    module: "toolchain/go/network-policies",
    binaries: { "network-policies": "." },
    minutes: 1,
  },
  {
    name: "buildkit",
    version: versions.buildkit,
    module: "toolchain/go/buildkit",
    binaries: {
      buildkitd: "github.com/moby/buildkit/cmd/buildkitd",
      buildctl: "github.com/moby/buildkit/cmd/buildctl",
    },
    // The docker-build plugin asks for it, and takes a builder that tells no version for an old one.
    variables: { "github.com/moby/buildkit/version.Version": `v${versions.buildkit}` },
    minutes: 2,
  },
  {
    name: "ko",
    version: versions.ko,
    module: "toolchain/go/ko",
    binaries: { ko: "github.com/google/ko" },
    minutes: 1,
  },
  {
    name: "crane",
    version: versions.crane,
    module: "toolchain/go/crane",
    binaries: { crane: "github.com/google/go-containerregistry/cmd/crane" },
    minutes: 1,
  },
  {
    // Of the tests alone: it checks the workflows in .github.
    name: "actionlint",
    version: versions.actionlint,
    module: "toolchain/go/actionlint",
    binaries: { actionlint: "github.com/rhysd/actionlint/cmd/actionlint" },
    minutes: 1,
  },
];

/** What deploying to any cluster needs. */
export const clientTools: ToolName[] = [
  "pulumi-language-nodejs",
  "pulumi-resource-command",
  "pulumi-resource-docker-build",
  "kubectl",
  "pulumi",
  "pulumi-resource-kubernetes",
];

/** What the embedded cluster needs on top. */
export const clusterTools: ToolName[] = [
  "etcd",
  "coredns",
  "network-policies",
  "buildkit",
  "ko",
  "crane",
  "kubernetes",
];

/** The table's entry of a tool. */
export function toolOf(name: ToolName): Tool {
  const tool = table.find((entry) => entry.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}
