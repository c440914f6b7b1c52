import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { CORE_SCHEMA, YAMLException, load } from "js-yaml";
import { readInstance, type Instance } from "../cluster/embedded/instance.ts";
import { layoutOf } from "../cluster/embedded/layout.ts";
import { nodeProcess } from "../cluster/embedded/node-process.ts";
import { systemReason, UserError } from "../console/errors.ts";
import type { SettingsKeys } from "./keys.ts";

/** The cluster that a stack is deployed to. */
export interface ClusterAccess {
  /** The kubeconfig file, where one is named; otherwise KUBECONFIG of the environment counts. */
  readonly kubeconfig?: string | undefined;
  readonly context: string;
  /** The embedded cluster's instance, where that is what is deployed to. */
  readonly embedded?: Instance | undefined;
}

/**
 * Finds the cluster that the settings choose.
 *
 * @throws UserError where none is chosen, or the chosen one is not there or does not run
 */
export function chooseCluster(keys: Pick<SettingsKeys, "embedded" | "context" | "kubeconfig">): ClusterAccess {
  if (keys.embedded !== undefined) {
    if (keys.context !== undefined || keys.kubeconfig !== undefined) {
      throw new UserError(
        "only one of knflow:embedded and knflow:context (with knflow:kubeconfig) can be set; remove one of them",
      );
    }
    const instance = readInstance(keys.embedded);
    if (!instance) {
      throw new UserError(
        `the embedded cluster ${JSON.stringify(keys.embedded)} (knflow:embedded) is not there; ` +
          `start it with "npx knflow cluster up --name ${keys.embedded}", or set knflow:context to a context of your kubeconfig`,
      );
    }
    if (!nodeProcess(layoutOf(instance.name))) {
      throw new UserError(
        `the embedded cluster ${JSON.stringify(instance.name)} (knflow:embedded) does not run; ` +
          `start it with "npx knflow cluster up --name ${instance.name}": what is on it comes back`,
      );
    }
    return { kubeconfig: instance.kubeconfig, context: instance.context, embedded: instance };
  }
  const files = kubeconfigFiles(keys.kubeconfig);
  const contexts = files.flatMap(contextsIn);
  if (keys.context === undefined || !contexts.includes(keys.context)) {
    const problem =
      keys.context === undefined
        ? "no cluster is chosen"
        : `there is no context ${JSON.stringify(keys.context)} (knflow:context)`;
    const there = files.filter((file) => existsSync(file));
    const choice =
      contexts.length > 0
        ? `${files.join(", ")} has the contexts: ${contexts.join(", ")}`
        : there.length > 0
          ? `${there.join(", ")} has no contexts`
          : `${files.join(", ")} is not there`;
    throw new UserError(
      `${problem}; ${choice}. Choose one with "pulumi config set knflow:context <context>", ` +
        `or use the embedded cluster with "pulumi config set knflow:embedded dev"`,
    );
  }
  return { kubeconfig: keys.kubeconfig, context: keys.context };
}

/** The flags by which kubectl is told of a cluster. */
export function kubectlFlags({ kubeconfig, context }: Pick<ClusterAccess, "kubeconfig" | "context">): string[] {
  return [...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]), "--context", context];
}

function kubeconfigFiles(named: string | undefined): string[] {
  if (named !== undefined) return [named];
  const fromEnvironment = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  return fromEnvironment.length > 0 ? fromEnvironment : [join(homedir(), ".kube", "config")];
}

function contextsIn(file: string): string[] {
  if (!existsSync(file)) return [];
  let config: { contexts?: { name?: string }[] } | null;
  try {
    // In a fraction of the time of `yaml`, which each gate of an update would load.
    config = load(readFileSync(file, "utf8"), { schema: CORE_SCHEMA }) as typeof config;
  } catch (error) {
    const reason =
      error instanceof YAMLException ? `is no YAML: ${error.message}` : `cannot be read: ${systemReason(error)}`;
    throw new UserError(`the kubeconfig ${file} ${reason}`);
  }
  return (config?.contexts ?? []).flatMap((context) => (context.name === undefined ? [] : [context.name]));
}
