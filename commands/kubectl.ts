import { execFile, type ChildProcess, type ExecFileException } from "node:child_process";
import { readInstance } from "../cluster/embedded/instance.ts";
import { UserError } from "../console/errors.ts";
import { kubectlFlags } from "../settings/cluster.ts";

/** kubectl's flags for the cluster that the stack's program names in the environment of what it runs. */
export function clusterFlags(env: NodeJS.ProcessEnv): string[] {
  if (env.KNFLOW_EMBEDDED !== undefined) {
    const instance = readInstance(env.KNFLOW_EMBEDDED);
    if (!instance)
      throw new UserError(
        `the embedded cluster ${JSON.stringify(env.KNFLOW_EMBEDDED)} is not there; start it with "npx knflow cluster up"`,
      );
    return kubectlFlags(instance);
  }
  return kubectlFlags({ kubeconfig: env.KNFLOW_KUBECONFIG, context: required("KNFLOW_CONTEXT", env) });
}

/** Runs kubectl against the stack's cluster; a failure comes back as a result, not as an exception. */
export function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
  return kubectlOn(clusterFlags(process.env), args, options);
}

/** How kubectl is told of a cluster. */
export interface KubectlAccess {
  readonly flags?: readonly string[];
  /** Added to this process' own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How kubectl is told of the cluster of the update that runs this process. */
export function updateAccess(): Required<KubectlAccess> {
  return { flags: clusterFlags(process.env), environment: {} };
}

interface KubectlOptions extends Pick<KubectlAccess, "environment"> {
  readonly input?: Buffer;
  readonly timeout?: number;
}

/** How a call of kubectl ended. */
export interface KubectlResult {
  readonly failed: boolean;
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  /** Both without the line break at their end. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** How it failed, where it says nothing itself; empty where it did not. */
  readonly shortMessage: string;
}

/**
 * Runs kubectl with the flags that name a cluster; otherwise as {@link kubectl}. By Node's own means: a library for it would take
 * longer to load than all else that a push or a gate loads, and there are two of them to each function.
 */
export function kubectlOn(
  flags: readonly string[],
  args: readonly string[],
  { environment, input, timeout = 0 }: KubectlOptions = {},
): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...environment }, timeout, maxBuffer: largestOutput };
    const child = execFile("kubectl", [...flags, ...args], options, (error, stdout, stderr) => {
      running.delete(child);
      if (error?.code === "ENOENT") reject(new UserError(noKubectl));
      else {
        const timedOut = error?.killed === true;
        const shortMessage = error === null ? "" : timedOut ? `no end within ${timeout / 1000} s` : ending(error);
        const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
        const [out = "", err = ""] = [stdout, stderr].map((text) => text.replace(/\r?\n$/, ""));
        resolve({ failed: error !== null, exitCode, stdout: out, stderr: err, timedOut, shortMessage });
      }
    });
    running.add(child);
    // It may end before it has read all.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Ended with this process. One listener for all: Node takes many of them for a leak. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill()));

const largestOutput = 100 * 1024 * 1024;
const noKubectl =
  "kubectl is not on PATH; install it, or use the environment that `npx knflow env --stack <stack>` prints";

function ending({ code, signal }: ExecFileException): string {
  return signal ? `kubectl was ended by ${signal}` : `kubectl ended with exit code ${code}`;
}

/** A variable that the program always sets. */
export function required(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}

/** Ends the process as a command of an update should: what a user can mend without a stack trace, a bug with it. */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
