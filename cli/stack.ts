import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import { readInstance, type Instance } from "../cluster/embedded/instance.ts";
import { ensureTools, type Toolchain, type ToolName } from "../cluster/toolchain/index.ts";
import { didYouMean } from "../console/did-you-mean.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";
import { chooseCluster, type ClusterAccess } from "../settings/cluster.ts";
import type { SettingsKeys } from "../settings/keys.ts";
import { isUnset, readKeys } from "../settings/read.ts";
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

/** What to say of a stack that has no configuration here, which is most often a mistyped one. */
export function unconfigured(stack: string): string {
  const stacks = configuredStacks();
  if (stacks.length === 0 || existsSync(configFile(stack, projectRoot))) return "";
  return `; stack ${stack} has no configuration here; ${didYouMean(stackName(stack), stacks)}`;
}

/** The stacks that have a configuration in the project. */
export function configuredStacks(): string[] {
  return readdirSync(projectRoot).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
}

/**
 * What kubectl needs for a stack's cluster, where it is there already: nothing is provided.
 *
 * @param folder kubectl's
 * @throws UserError where the stack is for an embedded cluster that is not there
 */
export function clusterAccess(stack: string, folder: string): Pick<StackAccess, "stack" | "environment"> {
  return { stack, environment: pulumiEnvironment({ binDir: folder }, stackInstance(stack)) };
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

/** A setting of a stack as its configuration has it, or the project's default; undefined where neither says it in clear. */
export function settingOf(stack: string, key: string): string | undefined {
  return textSetting(readConfig(stack, projectRoot), key);
}

/** Whether a stack's configuration has a setting, be it in clear or a secret. */
export function hasSetting(stack: string, key: string): boolean {
  const value = readConfig(stack, projectRoot)[`knflow:${key}`];
  return value !== undefined && !(typeof value === "string" && isUnset(key, value));
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

/**
 * A stack's settings as they are written, with defaults; secrets are left out.
 *
 * @throws UserError with everything that is wrong
 */
export function stackSettings(stack: string): SettingsKeys {
  const values = Object.entries(readConfig(stack, projectRoot)).flatMap(([key, value]): [string, string][] => {
    const secret = isObject(value) && "secure" in value;
    if (!key.startsWith("knflow:") || secret) return [];
    return [[key.slice("knflow:".length), typeof value === "string" ? value : JSON.stringify(value)]];
  });
  return readKeys(Object.fromEntries(values));
}

/** A stack's configuration, with the project's defaults where it says nothing, as Pulumi takes them. */
function readConfig(stack: string, project: string): Readonly<Record<string, unknown>> {
  const declared = Object.entries(readConfigOf(join(project, "Pulumi.yaml")));
  const defaults = declared.map(
    ([key, value]) => [key.includes(":") ? key : `knflow:${key}`, defaultOf(value)] as const,
  );
  const given = defaults.filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...readConfigOf(configFile(stack, project)) };
}

/** What Pulumi.yaml gives a setting: it declares it, or has its value outright. */
function defaultOf(declared: unknown): unknown {
  return isObject(declared) ? (declared.default ?? declared.value) : declared;
}

/** The Pulumi project's name. */
export function projectName(): string {
  return (load(readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8")) as { name: string }).name;
}

/** The part `config` of a file of Pulumi's; empty where it is not there. */
function readConfigOf(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  // In a fifth of the time of `yaml`: every command reads these files, Pulumi.yaml with all declarations.
  return (load(text, { schema: CORE_SCHEMA }) as { config?: Record<string, unknown> } | null)?.config ?? {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function configFile(stack: string, project: string): string {
  return join(project, `Pulumi.${stackName(stack)}.yaml`);
}

/** A stack's own name: a full one is <organization>/<project>/<stack>. */
export function stackName(stack: string): string {
  return stack.split("/").at(-1) ?? stack;
}

function textSetting(config: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = config[`knflow:${key}`];
  return typeof value === "string" && !isUnset(key, value) ? value : undefined;
}
