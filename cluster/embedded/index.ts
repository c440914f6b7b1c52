import { chmodSync, existsSync, statSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import type { Progress } from "../../console/progress.ts";
import { ensurePlatform, type Platform } from "../platform/index.ts";
import { withLock } from "../toolchain/lock.ts";
import { clusterTools, ensureDebianPackages, ensureTools, type Toolchain } from "../toolchain/index.ts";
import { addonManifests } from "./addons.ts";
import { names, registryAddress } from "./constants.ts";
import { readInstance, type Instance } from "./instance.ts";
import { hasReadyPod, isNodeReady, kubernetesApi, type KubernetesApi } from "./kubernetes.ts";
import { instancesDir, layoutOf, lockFile, type Layout } from "./layout.ts";
import { chooseNetwork, readNetwork, type Network } from "./network.ts";
import { endNode, nodeProcess, startNode } from "./node.ts";
import { ensurePki } from "./pki.ts";
import { checkName, checkPlatform, checkResources } from "./preconditions.ts";
import { provideRegistry } from "./registry.ts";
import { waitUntil } from "./wait.ts";

export { readInstance, type Instance } from "./instance.ts";
export { clusterStatus, type ClusterStatus, type ServiceStatus } from "./status.ts";
export { loggedServices, serviceLogFile } from "./logs.ts";

const debianPackages = [
  ...["s6", "containerd", "runc", "containernetworking-plugins", "docker-registry", "debootstrap", "nginx-light"],
  ...["libnginx-mod-stream", "iptables", "conntrack", "iproute2", "util-linux", "kmod", "curl", "openssl", "procps"],
];

/** How `clusterUp` may be told what it would choose itself. */
export interface UpOptions {
  /** The gateway's port on 127.0.0.1. Default: `KNFLOW_GATEWAY_PORT`, else the one it had, 8080, or a free one. */
  readonly gatewayPort?: number;
}

/**
 * Brings an instance up: installs and builds what is missing, starts the node where it does not run, and waits until it
 * serves. What runs already stays as it is. A second caller at the same time waits and then finds it up.
 *
 * @param name lower-case letters, digits and hyphens
 * @throws UserError where this machine cannot run it, with the ways that remain
 * @example const instance = await clusterUp("dev", createProgress({ logDir }));
 */
export async function clusterUp(name: string, progress: Progress, options: UpOptions = {}): Promise<Instance> {
  checkName(name);
  checkPlatform();
  const layout = layoutOf(name);
  await mkdir(instancesDir(), { recursive: true });
  await ensureDebianPackages(debianPackages, progress);
  const tools = await ensureTools([...clusterTools, "kubectl"], progress);
  const platform = await ensurePlatform(tools, progress);
  return withLock(
    lockFile(name),
    () => undefined,
    () => upLocked(layout, tools, platform, progress, options),
  );
}

async function upLocked(layout: Layout, tools: Toolchain, platform: Platform, progress: Progress, options: UpOptions) {
  const wantedPort = options.gatewayPort ?? portFromEnvironment();
  const recorded = readNetwork(layout);
  const described = readInstance(layout.name);
  const otherPort = wantedPort !== undefined && recorded?.gatewayPort !== wantedPort;
  if (nodeProcess(layout) && recorded && !otherPort) {
    const api = existsSync(layout.kubeconfig) ? kubernetesApi(layout, recorded.nodeIp) : undefined;
    if (described?.manifests === platform.manifests && api && (await isServing(layout, api))) return described;
  }
  if (!nodeProcess(layout)) checkResources(layout);
  await mkdir(layout.folder, { recursive: true });
  chmodSync(layout.folder, 0o711);
  const network = await progress.run(`start the node of cluster ${layout.name}`, async () => {
    // A registry that runs finds images that are put beside its own.
    await provideRegistry(layout.registry, platform);
    if (nodeProcess(layout) && recorded && !otherPort) return recorded;
    await endNode(layout, recorded);
    const chosen = await chooseNetwork(layout, wantedPort);
    await ensurePki(layout.pki, layout.name, chosen.nodeIp, layout.kubeconfig);
    await startNode(layout, { network: chosen, pauseImage: platform.images.pause, binary: (name) => tools.path(name) });
    return chosen;
  });
  await progress.run("wait for Kubernetes and its DNS", (step) =>
    serve(layout, network, tools, platform, (text) => step.note(text)),
  );
  return describe(layout, network, platform);
}

function portFromEnvironment(): number | undefined {
  const text = process.env.KNFLOW_GATEWAY_PORT;
  if (!text) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UserError(`KNFLOW_GATEWAY_PORT is "${text}"; it must be a port, 1 to 65535`);
}

/** Waits until the node started last serves: what was said of it before it started counts for nothing. */
async function serve(
  layout: Layout,
  network: Network,
  tools: Toolchain,
  platform: Platform,
  note: (text: string) => void,
): Promise<void> {
  const api = kubernetesApi(layout, network.nodeIp);
  note("API server");
  await waitForNode(layout, "the API server", 120_000, async () => ((await api.get("/readyz")) ? true : undefined));
  note("node");
  await execa(
    tools.path("kubectl"),
    [...kubectlFlags(layout), "apply", "--server-side", "--force-conflicts", "-f", "-"],
    {
      input: addonManifests(platform.images.coredns),
    },
  );
  await waitForNode(layout, "the node and its DNS to be ready", 120_000, async () =>
    (await isServing(layout, api)) ? true : undefined,
  );
}

function kubectlFlags(layout: Layout): string[] {
  return [`--kubeconfig=${layout.kubeconfig}`, `--context=${names.context(layout.name)}`];
}

async function waitForNode(
  layout: Layout,
  what: string,
  milliseconds: number,
  answer: () => Promise<true | undefined>,
) {
  await waitUntil(what, milliseconds, async () => {
    if (nodeProcess(layout)) return answer();
    throw new Error(`the node ended while waiting for ${what}; see ${layout.nodeLog} and the folders beside it`);
  });
}

/** Whether the node serves that runs now; Kubernetes goes on for a while to tell what it knew of the one before. */
async function isServing(layout: Layout, api: KubernetesApi): Promise<boolean> {
  // The API tells whole seconds.
  const since = new Date(Math.floor(statSync(layout.nodeProcess).mtimeMs / 1000) * 1000).toISOString();
  const [ready, node, dns] = await Promise.all([
    api.get("/readyz"),
    api.get(`/api/v1/nodes/${names.node(layout.name)}`),
    api.get("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns"),
  ]);
  if (ready === undefined || node === undefined || dns === undefined) return false;
  return isNodeReady(node, since) && hasReadyPod(dns, since);
}

async function describe(layout: Layout, network: Network, platform: Platform): Promise<Instance> {
  await writeBuilder(layout);
  const caBundle = await copyCaBundle(layout);
  const { python, node, nginx, postgres } = platform.images;
  const instance: Instance = {
    name: layout.name,
    kubeconfig: layout.kubeconfig,
    context: names.context(layout.name),
    nodeIp: network.nodeIp,
    gatewayLoopback: `http://127.0.0.1:${network.gatewayPort}`,
    registry: registryAddress,
    registryFromHost: `${network.nodeIp}:5000`,
    buildxConfig: layout.buildx,
    manifests: platform.manifests,
    baseImages: { python, node, nginx, postgres },
    codeVolumePath: layout.codeVolume,
    ...(caBundle === undefined ? {} : { caBundle }),
  };
  await writeFile(`${layout.instance}.partial`, `${JSON.stringify(instance, undefined, 2)}\n`);
  await rename(`${layout.instance}.partial`, layout.instance);
  return instance;
}

/** The one builder that clients of buildx find: the instance's BuildKit. */
async function writeBuilder(layout: Layout): Promise<void> {
  const name = names.context(layout.name);
  const builder = {
    Name: name,
    Driver: "remote",
    Nodes: [
      {
        Name: `${name}0`,
        Endpoint: `unix://${layout.buildkitSocket}`,
        Platforms: null,
        DriverOpts: null,
        Flags: null,
        Files: null,
      },
    ],
    Dynamic: false,
  };
  await mkdir(join(layout.buildx, "instances"), { recursive: true });
  await writeFile(join(layout.buildx, "instances", name), JSON.stringify(builder));
}

/** A network that re-signs TLS has told its CA bundle to this machine's programs by one of these variables. */
async function copyCaBundle(layout: Layout): Promise<string | undefined> {
  const bundle = process.env.SSL_CERT_FILE || process.env.NODE_EXTRA_CA_CERTS;
  if (!bundle || !existsSync(bundle)) return existing(join(layout.ca, "ca-certificates.crt"));
  const copy = join(layout.ca, "ca-certificates.crt");
  const same = existsSync(copy) && (await readFile(copy)).equals(await readFile(bundle));
  if (same) return copy;
  await mkdir(layout.ca, { recursive: true });
  await copyFile(bundle, copy);
  return copy;
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

/**
 * Ends an instance: no process, mount, interface, firewall rule or cgroup of it is left. Its state stays for the next
 * `up`, unless it is purged.
 *
 * @param options purge: remove the state too; workloads, images and code on it are lost
 */
export async function clusterDown(name: string, options: { purge: boolean }, progress: Progress): Promise<void> {
  checkName(name);
  checkPlatform();
  const layout = layoutOf(name);
  if (!existsSync(layout.folder)) return;
  await withLock(
    lockFile(name),
    () => undefined,
    () =>
      progress.run(`end cluster ${name}${options.purge ? " and remove its state" : ""}`, async () => {
        await endNode(layout, readNetwork(layout));
        if (options.purge) await rm(layout.folder, { recursive: true, force: true });
      }),
  );
}
