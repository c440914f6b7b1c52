import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../console/errors.ts";
import type { DependencyTarget, InstallSettings } from "../dependencies/spec.ts";
import type { GatewayType } from "../manifests/release.ts";
import type { VolumeSpec } from "../manifests/volume.ts";
import type { Scale } from "../source/scale.ts";
import type { Release } from "../release/release.ts";
import { chooseCluster, type ClusterAccess } from "./cluster.ts";
import { namespaceOf, type SettingsKeys } from "./keys.ts";
import { readKeys } from "./read.ts";
import { isEncrypted } from "./secrets.ts";

/** An image of the platform: a ready-made one, or what its build starts from. */
export type ImageSource = { readonly image: string } | { readonly baseImage: string | undefined };

/** The settings of a stack: checked, plain, with every default filled in. */
export interface Settings {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  readonly platform: SettingsKeys["platform"];
  readonly release: {
    readonly knativeVersion: string;
    readonly kourierVersion: string;
    /** Folder or address of the manifests; the projects' release pages where it is not given. */
    readonly location: string | undefined;
    readonly sha256: Readonly<Record<string, string>>;
    /** CPU that each container of the platform asks for; the release's where it is not given. */
    readonly cpuRequest: string | undefined;
  };
  readonly gateway: {
    readonly type: GatewayType;
    readonly externalIp: string | undefined;
    readonly domain: string | undefined;
    /** Where requests are sent; undefined where a load balancer gives the address. */
    readonly url: string | undefined;
  };
  readonly codeVolume: {
    readonly name: string;
    readonly capacity: string;
    readonly request: string;
    readonly hostPath: string;
    readonly node: string | undefined;
    readonly storageClass: string | undefined;
  };
  /** Where runs are written down: a server of the stack's own, or one that is there. */
  readonly runStore:
    | {
        readonly server:
          | { readonly url: string }
          | { readonly image: string; readonly volume: Omit<VolumeSpec, "purpose" | "namespace"> };
        readonly retentionDays: number;
      }
    | undefined;
  /** Folders of a node that volumes are made of; undefined where a StorageClass provides them. */
  readonly nodeFolders: { readonly folders: readonly string[]; readonly node: string | undefined } | undefined;
  /** Who may connect to the stack's pods; undefined where that is left open. */
  readonly networkPolicies: { readonly gatewayNamespaces: readonly string[] } | undefined;
  readonly codeListing: boolean;
  readonly images: {
    readonly registry: string | undefined;
    readonly builder: SettingsKeys["imageBuilder"];
    readonly caBundle: string | undefined;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly sources: Readonly<Record<ImageName, ImageSource>>;
  };
  readonly functions: string;
  /** What functions' packages are installed for, and by what. */
  readonly dependencies: InstallSettings & { readonly target: DependencyTarget };
  /** The scale of functions and workflows that say nothing of it. */
  readonly scale: Scale;
  /** Whether what holds data is kept from removal. */
  readonly protect: boolean;
  readonly logLevel: string;
  /** How much of inputs and outputs functions log. */
  readonly logPayloadBytes: number;
  readonly readyTimeoutSeconds: number;
}

/** The images of a stack. */
export type ImageName = "python" | "node" | "workflow" | "fileServer";

/**
 * Reads the settings of the running stack: the one place that knows Pulumi's configuration.
 *
 * @param release what the stack runs, where that is fixed: its images are taken
 * @throws UserError with everything that is wrong
 */
export function readSettings(release?: Release): Settings {
  const prefix = "knflow:";
  const values = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]): [string, string] => [key.slice(prefix.length), value]);
  const inClear = values.map(([key]) => key).filter((key) => !isEncrypted(prefix + key));
  const keys = readKeys(Object.fromEntries(values), inClear);
  return resolveSettings(keys, pulumi.getStack(), chooseCluster(keys), release);
}

/** Python's version in python:3.12-slim, the runtime's usual base, and in Debian 12, the embedded cluster's. */
const [defaultPython, embeddedPython] = ["3.12", "3.11"];

/** Fills in what follows from the stack's name and from the cluster; what is set by hand always counts first. */
export function resolveSettings(
  keys: SettingsKeys,
  stack: string,
  cluster: ClusterAccess,
  release?: Pick<Release, "number" | "images">,
): Settings {
  const { embedded } = cluster;
  if (keys.codeVolumePath !== undefined && keys.codeVolumeStorageClass !== undefined) {
    throw new UserError(
      "only one of knflow:codeVolumePath and knflow:codeVolumeStorageClass can be set; remove one of them",
    );
  }
  const { gatewayType } = keys;
  if (
    keys.platform === "managed" &&
    gatewayType !== "LoadBalancer" &&
    !(keys.gatewayUrl ?? keys.externalIp ?? embedded)
  ) {
    throw new UserError(
      `knflow:gatewayUrl is not set, and a gateway of type ${gatewayType} has no address of its own; set it to where ` +
        "requests reach the gateway, such as http://192.0.2.10:31080",
    );
  }
  const externalIp = keys.externalIp ?? embedded?.nodeIp;
  const namespace = namespaceOf(keys, stack);
  const hostPath = keys.codeVolumePath ?? `${embedded?.codeVolumePath ?? "/var/lib/knflow"}/${namespace}`;
  const { codeVolumeNode: node, codeVolumeStorageClass: storageClass } = keys;
  const ownStore = {
    image: keys.images.runStore ?? embedded?.baseImages.postgres ?? "postgres:17",
    volume: {
      name: `${namespace}-run-store`,
      capacity: keys.runStoreSize,
      request: keys.runStoreSize,
      hostPath: `${hostPath}-runs`,
      node,
      storageClass,
    },
  };
  const source = (name: ImageName, embeddedBase: string | undefined): ImageSource => {
    const image = release ? releasedImage(release, name, keys, stack) : keys.images[name];
    return image === undefined ? { baseImage: keys.baseImages[name] ?? embeddedBase } : { image };
  };
  return {
    cluster,
    namespace,
    platform: keys.platform,
    release: {
      knativeVersion: keys.knativeVersion,
      kourierVersion: keys.kourierVersion ?? keys.knativeVersion,
      location: keys.manifests ?? embedded?.manifests,
      sha256: keys.manifestSha256,
      cpuRequest: keys.platformCpuRequest ?? (embedded && "20m"),
    },
    gateway: {
      type: gatewayType,
      externalIp,
      domain: keys.domain ?? (externalIp === undefined ? undefined : `${externalIp}.sslip.io`),
      url:
        keys.gatewayUrl ?? embedded?.gatewayLoopback ?? (externalIp === undefined ? undefined : `http://${externalIp}`),
    },
    codeVolume: {
      name: keys.codeVolumeName,
      capacity: keys.codeVolumeCapacity,
      request: keys.codeVolumeRequest,
      hostPath,
      node,
      storageClass,
    },
    runStore:
      keys.runStore === "none"
        ? undefined
        : {
            server: keys.runStoreUrl === undefined ? ownStore : { url: keys.runStoreUrl },
            retentionDays: keys.runRetentionDays,
          },
    nodeFolders: storageClass === undefined ? { folders: [hostPath, ownStore.volume.hostPath], node } : undefined,
    networkPolicies: keys.networkPolicies ? { gatewayNamespaces: keys.gatewayNamespaces } : undefined,
    codeListing: keys.codeListing,
    images: {
      registry: keys.registry ?? embedded?.registry,
      builder: keys.imageBuilder,
      caBundle: keys.caBundle ?? embedded?.caBundle,
      buildArgs: {
        ...(keys.pipIndexUrl === undefined ? {} : { PIP_INDEX_URL: keys.pipIndexUrl }),
        ...(keys.npmRegistry === undefined ? {} : { NPM_CONFIG_REGISTRY: keys.npmRegistry }),
      },
      sources: {
        python: source("python", embedded?.baseImages.python),
        node: source("node", embedded?.baseImages.node),
        workflow: source("workflow", embedded?.baseImages.node),
        fileServer: source("fileServer", embedded?.baseImages.nginx),
      },
    },
    functions: keys.functions,
    dependencies: {
      target: {
        pythonVersion: keys.pythonVersion ?? (embedded ? embeddedPython : defaultPython),
        architecture: keys.architecture ?? (embedded && process.arch === "arm64" ? "arm64" : "amd64"),
      },
      pipIndexUrl: keys.pipIndexUrl,
      npmRegistry: keys.npmRegistry,
      // Not the embedded cluster's: that is this machine's own, which pip uses anyway.
      caBundle: keys.caBundle,
    },
    scale: keys.scale,
    protect: keys.protect,
    logLevel: keys.logLevel,
    logPayloadBytes: keys.logPayloadBytes,
    readyTimeoutSeconds: keys.readyTimeoutSeconds,
  };
}

/** The image of a release; or the same one where the stack's own cluster finds it. */
function releasedImage(
  { number, images }: Pick<Release, "number" | "images">,
  name: ImageName,
  keys: SettingsKeys,
  stack: string,
): string | undefined {
  const [released, own] = [images[name], keys.images[name]];
  if (released === undefined || own === undefined) return released;
  const digest = released.slice(released.indexOf("@"));
  if (own.endsWith(digest)) return own;
  throw new UserError(
    `knflow:images.${name} of stack ${stack} is ${own}, but its release ${number} runs ${released}; ` +
      `name the same image where the stack's cluster finds it, ending in ${digest}, or remove the setting`,
  );
}
