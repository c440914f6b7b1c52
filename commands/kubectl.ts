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
export function kubectl(args: readonly string[], options: KubectlOptions = {}) {
  return kubectlOn(clusterFlags(process.env), args, options);
}

/** How kubectl is told of a cluster. */
export interface KubectlAccess {
  readonly flags?: readonly string[];
  /** Added to this process' own. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface KubectlOptions {
  readonly input?: Buffer;
  readonly timeout?: number;
}

/** Runs kubectl with the flags that name a cluster; otherwise as {@link kubectl}. */
export async function kubectlOn(flags: readonly string[], args: readonly string[], options: KubectlOptions = {}) {
  // Only here: it takes as long to load as all else that a gate does whose Service becomes ready.
  const { execa } = await import("execa");
  const result = await execa("kubectl", [...flags, ...args], { ...options, reject: false });
  if (result.failed && result.code === "ENOENT") {
    throw new UserError(
      "kubectl is not on PATH; install it, or use the environment that `npx knflow env --stack <stack>` prints",
    );
  }
  return result;
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
