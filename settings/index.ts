import { hash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../console/errors.ts";
import type { DependencyTarget, InstallSettings } from "../dependencies/spec.ts";
import type { ReleaseSource } from "../manifests/release-files.ts";
import type { GatewayType } from "../manifests/release.ts";
import type { TelemetrySpec } from "../manifests/telemetry.ts";
import type { VolumeSpec } from "../manifests/volume.ts";
import type { Scale } from "../source/scale.ts";
import type { Release } from "../release/release.ts";
import { chooseCluster, type ClusterAccess } from "./cluster.ts";
import { conflictsOf } from "./conflicts.ts";
import { imageSources, releasedImages, releaseSource, type ImageName, type ImageSource } from "./images.ts";
import { namespaceOf, type SettingsKeys } from "./keys.ts";
import { readKeys, wrongSettings } from "./read.ts";
import { isEncrypted } from "./secrets.ts";

/** As image builders name a platform. */
export type ImagePlatform = `linux/${DependencyTarget["architecture"]}`;

/** The settings of a stack: checked, plain, with every default filled in. */
export interface Settings {
  readonly cluster: ClusterAccess;
  readonly namespace: string;
  readonly platform: SettingsKeys["platform"];
  readonly release: ReleaseSource & {
    /** The registry that has a copy of every image; the release's own registries where it is not given. */
    readonly mirror: string | undefined;
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
  /** Whether browsers are shown the workflows' pages. */
  readonly workflowPage: boolean;
  /** Folders of a node that volumes are made of; undefined where a StorageClass provides them. */
  readonly nodeFolders: { readonly folders: readonly string[]; readonly node: string | undefined } | undefined;
  /** Who may connect to the stack's pods; undefined where that is left open. */
  readonly networkPolicies: { readonly gatewayNamespaces: readonly string[] } | undefined;
  readonly codeListing: boolean;
  readonly images: {
    readonly registry: string | undefined;
    readonly builder: SettingsKeys["imageBuilder"];
    /** What the cluster's nodes run, such as `linux/amd64`. */
    readonly platform: ImagePlatform;
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
  /** What workflows and functions tell of themselves, besides their logs. */
  readonly telemetry: TelemetrySpec;
  /** How much of inputs and outputs functions log. */
  readonly logPayloadBytes: number;
  /** Whether pods that are awake take changed code before there is a Revision of it. */
  readonly reload: boolean;
  readonly readyTimeoutSeconds: number;
}

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
  const stack = pulumi.getStack();
  return resolveSettings(keys, stack, chosenCluster(keys, stack), release);
}

/** The cluster; where none can be chosen, that is refused along with what else does not go together. */
function chosenCluster(keys: SettingsKeys, stack: string): ClusterAccess {
  try {
    return chooseCluster(keys);
  } catch (error) {
    throw error instanceof UserError ? wrongSettings([error.message, ...conflictsOf(keys, stack)]) : error;
  }
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
  const conflicts = conflictsOf(keys, stack);
  if (conflicts.length > 0) throw wrongSettings(conflicts);
  const { embedded } = cluster;
  const { gatewayType } = keys;
  const externalIp = keys.externalIp ?? embedded?.nodeIp;
  const namespace = namespaceOf(keys, stack);
  const architecture = keys.architecture ?? (embedded && process.arch === "arm64" ? "arm64" : "amd64");
  const hostPath = keys.codeVolumePath ?? `${embedded?.codeVolumePath ?? "/var/lib/knflow"}/${namespace}`;
  const { codeVolumeNode: node, codeVolumeStorageClass: storageClass } = keys;
  const { sources, runStore: runStoreImage } = imageSources(
    release ? { ...keys, images: releasedImages(release, keys.images, stack) } : keys,
    embedded?.baseImages,
  );
  const ownStore = {
    image: runStoreImage,
    volume: {
      name: runStoreVolume(namespace, keys.codeVolumePath),
      capacity: keys.runStoreSize,
      request: keys.runStoreSize,
      hostPath: `${hostPath}-runs`,
      node,
      storageClass,
    },
  };
  return {
    cluster,
    namespace,
    platform: keys.platform,
    release: {
      ...releaseSource(embedded ? { ...keys, manifests: keys.manifests ?? embedded.manifests } : keys),
      mirror: keys.mirror,
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
    workflowPage: keys.workflowPage,
    nodeFolders: storageClass === undefined ? { folders: [hostPath, ownStore.volume.hostPath], node } : undefined,
    networkPolicies: keys.networkPolicies ? { gatewayNamespaces: keys.gatewayNamespaces } : undefined,
    codeListing: keys.codeListing,
    images: {
      registry: keys.registry ?? embedded?.registry,
      builder: keys.imageBuilder,
      platform: `linux/${architecture}`,
      caBundle: keys.caBundle ?? embedded?.caBundle,
      buildArgs: {
        ...(keys.pipIndexUrl === undefined ? {} : { PIP_INDEX_URL: keys.pipIndexUrl }),
        ...(keys.npmRegistry === undefined ? {} : { NPM_CONFIG_REGISTRY: keys.npmRegistry }),
      },
      sources,
    },
    functions: keys.functions,
    dependencies: {
      target: {
        pythonVersion: keys.pythonVersion ?? (embedded ? embeddedPython : defaultPython),
        architecture,
      },
      pipIndexUrl: keys.pipIndexUrl,
      npmRegistry: keys.npmRegistry,
      // Not the embedded cluster's: that is this machine's own, which pip uses anyway.
      caBundle: keys.caBundle,
    },
    scale: keys.scale,
    protect: keys.protect,
    logLevel: keys.logLevel,
    telemetry: { tracing: keys.tracing, metrics: keys.metrics },
    logPayloadBytes: keys.logPayloadBytes,
    reload: keys.reload,
    readyTimeoutSeconds: keys.readyTimeoutSeconds,
  };
}

/** A volume of another folder is another volume: one that is in use is not replaced in place. */
function runStoreVolume(namespace: string, path: string | undefined): string {
  const place = path === undefined ? "" : `-${hash("sha256", path).slice(0, 8)}`;
  return `${namespace}-run-store${place}`;
}
