import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packZip, sha256 } from "../archive/zip.ts";
import { buildArchive } from "../archive/code-object.ts";
import type { SourceFile } from "../archive/source-tree.ts";
import { UserError } from "../console/errors.ts";
import type { Progress } from "../console/progress.ts";
import { provideDependencies } from "../dependencies/provide.ts";
import type { DependencySpec } from "../dependencies/spec.ts";
import { compileCache } from "../scripts/compile-cache.mjs";
import type { FunctionSettings } from "../source/function-yaml.ts";
import type { FunctionSource } from "../source/workflow-source.ts";
import type { ArchiveServer } from "./archive-server.ts";
import { pythonRuntime, type LocalPython } from "./python.ts";
import { localSecrets, type Environment } from "./secrets.ts";
import type { RuntimeSpec } from "./runtime-process.ts";

const nodeRuntime = join(import.meta.dirname, "..", "runtimes", "node", "src", "main.ts");
const executorMain = join(import.meta.dirname, "..", "runtimes", "workflow", "src", "server", "main.ts");

/** What the processes of a local run stand on. */
export interface LocalPlatform {
  readonly archives: ArchiveServer;
  readonly python: LocalPython | undefined;
  /** The address in front of all that runs, by which functions call each other. */
  readonly front: string;
  /** Told when packages are installed. */
  readonly progress: Progress;
  /** Ends what takes long. */
  readonly signal: AbortSignal;
  /** Where functions' secrets are. */
  readonly environment: Environment;
}

/** A function's runtime as a process: the environment is that of its Knative Service. */
export async function functionSpec(
  platform: LocalPlatform,
  workflow: string,
  fn: FunctionSource,
): Promise<RuntimeSpec> {
  const { archives } = platform;
  const secrets = localSecrets(fn.secrets, platform.environment);
  // What is read now may differ from what was read when the function was described: then this is what runs.
  const archive = await buildArchive(fn.archive.source).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new UserError(`${error.path} is not there any more`) : error;
  });
  const digest = sha256(archive);
  const object = `${workflow}/${fn.name}-${digest}.zip`;
  archives.put(object, archive);
  const packages = fn.dependencies && (await localPackages(platform, fn.dependencies));
  const { command, env } = runtimeOf(platform, fn.settings.runtime);
  return {
    name: `${workflow}/${fn.name}`,
    command,
    env: {
      ...codeEnvironment(platform, workflow, fn.name, object, digest),
      ...env,
      ...(packages === undefined ? {} : { KNFLOW_DEPENDENCIES: packages }),
      KNFLOW_FUNCTION_ADDRESS: `${platform.front}/${workflow}/{name}`,
      KNFLOW_WORKFLOW_ADDRESS: `${platform.front}/{name}`,
      KNFLOW_HANDLER: fn.settings.handler,
      KNFLOW_TIMEOUT_SECONDS: String(fn.settings.timeoutSeconds),
      ...fn.settings.env,
      ...secrets,
    },
  };
}

/** How a language's runtime is started; the same as in its image. */
function runtimeOf(
  { python }: LocalPlatform,
  runtime: FunctionSettings["runtime"],
): Pick<RuntimeSpec, "command" | "env"> {
  if (runtime === "node") return { command: [process.execPath, nodeRuntime], env: {} };
  if (python === undefined) throw new Error("a Python function without Python");
  return {
    command: [python.python, "-S", join(pythonRuntime, "start.py")],
    env: { PYTHONPATH: python.packages },
  };
}

/** A workflow for its executor. */
interface ExecutedWorkflow {
  readonly workflow: string;
  /** The definition, and the example inputs. */
  readonly files: readonly SourceFile[];
  /** The functions' addresses by name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly storeUrl: string | undefined;
}

/** The executor of a definition as a process. */
export async function executorSpec(
  platform: LocalPlatform,
  { workflow, files, addresses, storeUrl }: ExecutedWorkflow,
): Promise<RuntimeSpec> {
  const archive = await packZip(files);
  const digest = sha256(archive);
  const object = `${workflow}/workflow-${digest}.zip`;
  platform.archives.put(object, archive);
  return {
    name: workflow,
    command: [process.execPath, executorMain],
    env: {
      ...codeEnvironment(platform, workflow, workflow, object, digest),
      // As in its image. Not for functions: their code is in another folder each time.
      NODE_COMPILE_CACHE: compileCache,
      KNFLOW_FUNCTIONS: JSON.stringify(addresses),
      ...(storeUrl === undefined ? {} : { KNFLOW_STORE_URL: storeUrl }),
    },
  };
}

/** A function's packages, installed for this machine. */
async function localPackages(platform: LocalPlatform, dependencies: DependencySpec): Promise<string> {
  const { archives, python, progress, signal } = platform;
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const target = { pythonVersion: python?.version ?? "", architecture } as const;
  const { object, file } = await provideDependencies(dependencies, target, { signal }, progress);
  archives.put(object, await readFile(file));
  return object;
}

function codeEnvironment(
  { archives }: LocalPlatform,
  workflow: string,
  name: string,
  object: string,
  digest: string,
): Record<string, string> {
  return {
    FAASIT_FUNC_NAME: name,
    FAASIT_PROVIDER: "local",
    FAASIT_CODE_DIR: object,
    FAASIT_WORKFLOW_NAME: workflow,
    KNFLOW_CODE_ORIGIN: archives.origin,
    KNFLOW_CODE_SHA256: digest,
  };
}
