import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { readInstance, type Instance } from "../cluster/embedded/instance.ts";
import { ensureTools, type Toolchain, type ToolName } from "../cluster/toolchain/index.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";
import { chooseCluster, type ClusterAccess } from "../settings/cluster.ts";
import { pulumiBackendFolder, pulumiEnvironment } from "./environment.ts";
import { projectRoot } from "./root.ts";

/** What commands about a stack stand on. */
export interface StackAccess {
  readonly stack: string;
  readonly toolchain: Toolchain;
  /** The embedded cluster that the stack's configuration names, if it does. */
  readonly instance: Instance | undefined;
  /** To be added to a child process' environment. */
  readonly environment: Record<string, string>;
}

/**
 * Provides what a stack's commands need.
 *
 * @throws UserError where the stack is for an embedded cluster that is not there
 */
export async function openStack(stack: string, tools: ToolName[], progress: Progress): Promise<StackAccess> {
  const instance = stackInstance(stack);
  const toolchain = await ensureTools(tools, progress);
  if (instance !== undefined) mkdirSync(pulumiBackendFolder(instance.name), { recursive: true, mode: 0o700 });
  return { stack, toolchain, instance, environment: pulumiEnvironment(toolchain, instance) };
}

function stackInstance(stack: string): Instance | undefined {
  const name = embeddedInstanceName(stack);
  if (name === undefined) return undefined;
  const instance = readInstance(name);
  if (instance === undefined) {
    throw new UserError(
      `the embedded cluster "${name}", which stack ${stack} is for (knflow:embedded), is not there; ` +
        `"npm start" brings it up with everything on it, "npx knflow cluster up --name ${name}" the cluster alone`,
    );
  }
  return instance;
}

/** The instance that a stack's configuration names; undefined where it has none or the stack has no configuration. */
export function embeddedInstanceName(stack: string, project = projectRoot): string | undefined {
  return textSetting(readConfig(stack, project), "embedded");
}

/**
 * The cluster that a stack is deployed to, as its configuration says.
 *
 * @throws UserError where it names none, or one that is not there
 */
export function stackCluster(stack: string): ClusterAccess {
  const config = readConfig(stack, projectRoot);
  const [embedded, context, kubeconfig] = ["embedded", "context", "kubeconfig"].map((key) => textSetting(config, key));
  return chooseCluster({ embedded, context, kubeconfig });
}

/** A stack's configuration; empty where it has none. */
function readConfig(stack: string, project: string): Readonly<Record<string, unknown>> {
  // A full name is <organization>/<project>/<stack>.
  const file = join(project, `Pulumi.${stack.split("/").at(-1)}.yaml`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return (parse(text) as { config?: Record<string, unknown> } | null)?.config ?? {};
}

function textSetting(config: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = config[`knflow:${key}`];
  return typeof value === "string" ? value : undefined;
}
