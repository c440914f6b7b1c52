import { fits } from "../../cluster/toolchain/found.ts";
import type { SettingsKeys } from "../../settings/keys.ts";
import type { Kubectl } from "../kubectl.ts";
import type { Finding } from "./finding.ts";

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly replicas?: number; readonly availableReplicas?: number };
}

interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly architecture: string };
  };
}

/**
 * The oldest Kubernetes on which Knative 1.21 starts: `defaultMinimumVersion` in
 * https://github.com/knative/pkg/blob/release-1.21/version/version.go.
 */
const oldestKubernetes = [1, 33] as const;

/** Whether the API server answers, its version is one that Knative takes, and the nodes are ready. */
export async function reachFindings(kubectl: Kubectl, settings: SettingsKeys): Promise<Finding[]> {
  const answer = await kubectl.start(["version", "--output=json", "--request-timeout=10s"]);
  const finding = { area: "cluster", name: "API server" } as const;
  if (answer.failed) {
    const said = answer.stderr.trim().split("\n").at(-1) ?? answer.shortMessage;
    const fix = "start the cluster, or set knflow:context and knflow:kubeconfig to one that runs";
    return [{ ...finding, state: "problem", seen: `does not answer: ${said}`, fix }];
  }
  const { serverVersion } = JSON.parse(answer.stdout) as { serverVersion: { gitVersion: string } };
  const nodes = await kubectl.list<Node>("nodes");
  const away = nodes.filter(
    ({ status }) => !status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  return [
    { ...finding, state: "ok", seen: `Kubernetes ${serverVersion.gitVersion}` },
    ...versionFindings(serverVersion.gitVersion, settings),
    away.length === 0
      ? { area: "cluster", name: "nodes", state: "ok", seen: `${nodes.length} ready` }
      : {
          area: "cluster",
          name: "nodes",
          state: "warning",
          seen: `not ready: ${away.map(({ metadata }) => metadata.name).join(", ")}`,
          fix: 'see what they say: "kubectl describe node"',
        },
    ...processorFindings(
      nodes.flatMap(({ status }) => status.nodeInfo?.architecture ?? []),
      settings,
    ),
  ];
}

/** What is to be said of the nodes' processors, such as `amd64`, where images are built for others. */
export function processorFindings(
  processors: readonly string[],
  { embedded, architecture = "amd64" }: Pick<SettingsKeys, "embedded" | "architecture">,
): Finding[] {
  // The embedded cluster's node is this machine.
  const others = [...new Set(processors.filter((one) => one !== architecture))];
  if (embedded !== undefined || others.length === 0) return [];
  const seen = `some are ${others.join(" and ")}, but images are built and packages installed for ${architecture} (knflow:architecture)`;
  const fix = `pulumi config set knflow:architecture ${others[0]}, or keep the stack's pods from these nodes`;
  return [{ area: "cluster", name: "processors", state: "warning", seen, fix }];
}

/** What is to be said of the cluster's version, such as v1.32.1+k3s1, where knflow installs Knative. */
export function versionFindings(version: string, { platform, knativeVersion }: SettingsKeys): Finding[] {
  if (platform !== "managed" || fits(version, oldestKubernetes)) return [];
  return [
    {
      area: "cluster",
      name: "version",
      state: "warning",
      seen: `Knative ${knativeVersion} may not start on Kubernetes ${version}: 1.21 asks for ${oldestKubernetes.join(".")} or later`,
      fix: "upgrade Kubernetes, or set knflow:knativeVersion to a release that takes it",
    },
  ];
}

/** Whether Knative Serving and the gateway are there and run. */
export async function knativeFinding(kubectl: Kubectl, settings: SettingsKeys): Promise<Finding> {
  const finding = { area: "cluster", name: "Knative" } as const;
  const fix =
    settings.platform === "managed"
      ? '"pulumi up" installs it'
      : "install Knative Serving and a gateway, or set knflow:platform to managed; where they are in other namespaces, name those in knflow:gatewayNamespaces";
  const kinds = await kubectl.run(["get", "crd", "services.serving.knative.dev", "--ignore-not-found", "-o", "name"]);
  if (kinds.trim() === "") return { ...finding, state: "problem", seen: "is not installed", fix };
  const found = await Promise.all(
    settings.gatewayNamespaces.map(async (namespace) => {
      const items = await kubectl.list<Deployment>("deployments", "--namespace", namespace);
      return items.length === 0
        ? [`nothing in ${namespace}`]
        : items.filter(({ status }) => !status?.availableReplicas).map(({ metadata }) => `${metadata.name} is not up`);
    }),
  );
  const missing = found.flat();
  if (missing.length > 0) return { ...finding, state: "problem", seen: missing.join(", "), fix };
  return { ...finding, state: "ok", seen: `runs in ${settings.gatewayNamespaces.join(", ")}` };
}

const enforceLabel = "pod-security.kubernetes.io/enforce";

/** The stack's namespace and its Pod Security level; the first finding is `unknown` where nothing is deployed. */
export async function namespaceFinding(kubectl: Kubectl, name: string): Promise<Finding> {
  const finding = { area: "cluster", name: "namespace" } as const;
  const [found] = await kubectl.list<Namespace>("namespaces", "--field-selector", `metadata.name=${name}`);
  if (found === undefined)
    return { ...finding, state: "unknown", seen: `${name} is not there`, fix: '"pulumi up" deploys the stack' };
  const level = found.metadata.labels?.[enforceLabel];
  if (level === "restricted") return { ...finding, state: "ok", seen: `${name} admits "restricted" pods alone` };
  return {
    ...finding,
    state: "warning",
    seen: `${name} admits pods that Pod Security's "restricted" level forbids (its level is ${level ?? "not set"})`,
    fix: `kubectl label namespace ${name} --overwrite ${enforceLabel}=restricted`,
  };
}
