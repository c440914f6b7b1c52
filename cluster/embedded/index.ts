import { chmodSync, existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../console/progress.ts";
import { ensurePlatform, type Platform } from "../platform/index.ts";
import { clusterTools, ensureDebianPackages, ensureTools, type Toolchain } from "../toolchain/index.ts";
import { withToldLock } from "../toolchain/told-lock.ts";
import { checkAhead } from "./ahead.ts";
import { names, registryAddress } from "./constants.ts";
import { checkPort, portFromEnvironment } from "./gateway-port.ts";
import { readInstance, type Instance } from "./instance.ts";
import { instancesDir, layoutOf, lockFile, type Layout } from "./layout.ts";
import { chooseNetwork, readNetwork, type Network } from "./network.ts";
import { endNode, startNode } from "./node.ts";
import { nodeProcess } from "./node-process.ts";
import { ensurePki } from "./pki.ts";
import { checkName, checkPlatform } from "./preconditions.ts";
import { provideRegistry } from "./registry.ts";
import { isServing, serve } from "./serving.ts";

export { checkAhead } from "./ahead.ts";
export { readInstance, type Instance } from "./instance.ts";
export { clusterStatus, type ClusterStatus, type ServiceStatus } from "./status.ts";
export { loggedServices, serviceLogFile } from "./logs.ts";

const debianPackages = [
  ...["s6", "containerd", "runc", "containernetworking-plugins", "docker-registry", "debootstrap", "nginx-light"],
  ...[
    "libnginx-mod-stream",
    "iptables",
    "ipset",
    "conntrack",
    "iproute2",
    "util-linux",
    "kmod",
    "curl",
    "openssl",
    "procps",
  ],
  // By which functions' packages are installed.
  "python3-venv",
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
  const wantedPort = options.gatewayPort ?? portFromEnvironment();
  await checkAhead(name, wantedPort);
  const layout = layoutOf(name);
  await mkdir(instancesDir(), { recursive: true });
  await ensureDebianPackages(debianPackages, progress);
  const tools = await ensureTools([...clusterTools, "kubectl"], progress);
  const platform = await ensurePlatform(tools, progress);
  return locked(name, progress, () => upLocked(layout, tools, platform, progress, wantedPort));
}

async function upLocked(
  layout: Layout,
  tools: Toolchain,
  platform: Platform,
  progress: Progress,
  wantedPort: number | undefined,
): Promise<Instance> {
  const recorded = readNetwork(layout);
  const described = readInstance(layout.name);
  const otherPort = wantedPort !== undefined && recorded?.gatewayPort !== wantedPort;
  const kept = nodeProcess(layout) && !otherPort ? recorded : undefined;
  if (kept && described?.manifests === platform.manifests && existsSync(layout.kubeconfig))
    if (await isServing(layout, kept)) return described;
  await mkdir(layout.folder, { recursive: true });
  chmodSync(layout.folder, 0o711);
  const network = await progress.run(`start the node of cluster ${layout.name}`, async () => {
    // A registry that runs finds images that are put beside its own.
    await provideRegistry(layout.registry, platform);
    if (kept) return kept;
    // A cluster that runs is not ended for a port that it cannot have.
    if (otherPort) await checkPort(wantedPort);
    await endNode(layout, recorded);
    const chosen = await chooseNetwork(layout, wantedPort);
    await ensurePki(layout.pki, layout.name, chosen.nodeIp, layout.kubeconfig);
    await startNode(layout, { network: chosen, pauseImage: platform.images.pause, binary: (name) => tools.path(name) });
    return chosen;
  });
  const parts = { kubectl: tools.path("kubectl"), corednsImage: platform.images.coredns };
  await progress.run("wait for Kubernetes and its DNS", (step) =>
    serve(layout, network, parts, (text) => step.note(text)),
  );
  return describe(layout, network, platform);
}

/** Runs what starts or ends an instance, one at a time. */
async function locked<T>(name: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  return withToldLock(lockFile(name), `wait for another process that starts or ends cluster ${name}`, progress, work);
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
 * @returns whether there was anything of it
 */
export async function clusterDown(name: string, options: { purge: boolean }, progress: Progress): Promise<boolean> {
  checkName(name);
  checkPlatform();
  const layout = layoutOf(name);
  if (!existsSync(layout.folder)) return false;
  await locked(name, progress, () =>
    progress.run(`end cluster ${name}${options.purge ? " and remove its state" : ""}`, async () => {
      await endNode(layout, readNetwork(layout));
      if (options.purge) await rm(layout.folder, { recursive: true, force: true });
    }),
  );
  return true;
}
