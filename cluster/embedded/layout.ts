import { join } from "node:path";
import { stateDir, instanceDir } from "../paths.ts";

/** Where everything of an instance lies; all below its folder. */
export interface Layout {
  readonly name: string;
  readonly folder: string;
  /** Its PKI and the kubeconfigs made from it. */
  readonly pki: string;
  readonly kubeconfig: string;
  /** Configuration files of the node's services; written anew by each start. */
  readonly config: string;
  /** Service folders under s6-svscan; written anew by each start. */
  readonly services: string;
  /** One folder a service with its rotated log, and `node.log` of the node's own start. */
  readonly logs: string;
  readonly nodeLog: string;
  /** Sockets and the node's process id; worthless once the node has ended. */
  readonly run: string;
  readonly nodeProcess: string;
  readonly buildkitSocket: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly kubelet: string;
  readonly buildkit: string;
  readonly registry: string;
  readonly podLogs: string;
  readonly codeVolume: string;
  readonly buildx: string;
  readonly ca: string;
  /** The address range and the port that were chosen for the instance. */
  readonly network: string;
  readonly instance: string;
}

/** The layout of a named instance. */
export function layoutOf(name: string): Layout {
  const folder = instanceDir(name);
  const at = (...parts: string[]) => join(folder, ...parts);
  return {
    name,
    folder,
    pki: at("pki"),
    kubeconfig: at("kubeconfig"),
    config: at("config"),
    services: at("run", "services"),
    logs: at("logs"),
    nodeLog: at("logs", "node.log"),
    run: at("run"),
    nodeProcess: at("run", "node"),
    buildkitSocket: at("run", "buildkitd.sock"),
    etcd: at("etcd"),
    containerd: at("containerd"),
    kubelet: at("kubelet"),
    buildkit: at("buildkit"),
    registry: at("registry"),
    podLogs: at("pod-logs"),
    codeVolume: at("code-volume"),
    buildx: at("buildx"),
    ca: at("ca"),
    network: at("network.json"),
    instance: at("instance.json"),
  };
}

/** The folder of all instances. */
export function instancesDir(): string {
  return join(stateDir(), "clusters");
}

/** The lock under which an instance is started and ended; beside its folder, so that a purge can hold it. */
export function lockFile(name: string): string {
  return join(instancesDir(), `.${name}.lock`);
}
