import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { instanceDir } from "../paths.ts";

/** What others need to know of an instance of the embedded cluster; `up` writes it to `instance.json`. */
export interface Instance {
  readonly name: string;
  /** Absolute path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** The kubeconfig's context: `knflow-<name>`. */
  readonly context: string;
  /** The node's address as the host sees it. */
  readonly nodeIp: string;
  /** The gateway on the host's loopback: `http://127.0.0.1:<port>`. */
  readonly gatewayLoopback: string;
  /** The instance's registry as the node sees it: `localhost:5000`. */
  readonly registry: string;
  /** The same registry as the host sees it: `<nodeIp>:5000`. */
  readonly registryFromHost: string;
  /** BUILDX_CONFIG: a folder with one builder, the instance's BuildKit. */
  readonly buildxConfig: string;
  /** A folder with serving-crds.yaml, serving-core.yaml and kourier.yaml. */
  readonly manifests: string;
  /** Base images by digest, in the instance's registry. */
  readonly baseImages: Readonly<Record<"python" | "node" | "nginx" | "postgres", string>>;
  /** A folder on the node for the code volumes of stacks, one in a folder by its namespace. */
  readonly codeVolumePath: string;
  /** The CA bundle that image builds need where the network re-signs TLS: `<folder>/ca-certificates.crt`, alone in its folder. */
  readonly caBundle?: string;
}

/** The instance's description, or undefined where there is none. */
export function readInstance(name: string): Instance | undefined {
  const file = join(instanceDir(name), "instance.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Instance) : undefined;
}
