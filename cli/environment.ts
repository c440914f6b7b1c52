import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Instance } from "../cluster/embedded/instance.ts";
import { instanceDir } from "../cluster/paths.ts";
import type { Toolchain } from "../cluster/toolchain/index.ts";
import { projectRoot } from "./root.ts";

/** Folders that stand first on PATH for a stack's commands: the tools that fit, then the Node that runs the program. */
export function toolFolders(toolchain: Pick<Toolchain, "binDir">): string[] {
  return [toolchain.binDir, join(projectRoot, "node_modules", ".bin")];
}

/**
 * Folder of the state of stacks on an instance of the embedded cluster, unless PULUMI_BACKEND_URL names another backend.
 * In the instance's folder, so that a purge takes the state with what it describes.
 */
export function pulumiBackendFolder(instance: string): string {
  return join(instanceDir(instance), "pulumi");
}

/**
 * What a process needs in its environment, on top of what it has, so that `pulumi` and `kubectl` work on a stack.
 * What the user has set himself counts: the backend and the passphrase are given only where he has not.
 *
 * @param instance the embedded cluster that the stack is deployed to; undefined for a cluster of the user's, where
 *   kubeconfig, backend and passphrase are his
 * @param current the environment that it adds to
 */
export function pulumiEnvironment(
  toolchain: Pick<Toolchain, "binDir" | "pulumiHome">,
  instance: Pick<Instance, "name" | "kubeconfig" | "buildxConfig"> | undefined,
  current: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: [...toolFolders(toolchain), ...(current.PATH ? [current.PATH] : [])].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  if (toolchain.pulumiHome !== undefined) {
    environment.PULUMI_HOME = toolchain.pulumiHome;
    // Where the user is logged in stays what it was.
    environment.PULUMI_CREDENTIALS_PATH =
      current.PULUMI_CREDENTIALS_PATH ?? current.PULUMI_HOME ?? join(homedir(), ".pulumi");
  }
  if (instance === undefined) return environment;

  environment.KUBECONFIG = instance.kubeconfig;
  environment.BUILDX_CONFIG = instance.buildxConfig;
  if (current.PULUMI_BACKEND_URL === undefined) {
    environment.PULUMI_BACKEND_URL = `file://${pulumiBackendFolder(instance.name)}`;
    // The state is written whole with every step: see docs/adr/0074.
    environment.PULUMI_DIY_BACKEND_ZSTD = "true";
  }
  if (current.PULUMI_CONFIG_PASSPHRASE === undefined && current.PULUMI_CONFIG_PASSPHRASE_FILE === undefined) {
    environment.PULUMI_CONFIG_PASSPHRASE = "";
  }
  return environment;
}
