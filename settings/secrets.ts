import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../console/errors.ts";
import { secretProblem, type FunctionSecret } from "../source/secrets.ts";
import { formatProblem, type Problem } from "../source/yaml-file.ts";
import { kubectlFlags, type ClusterAccess } from "./cluster.ts";
import { lookAtSecrets, type SecretVersions } from "./kubernetes-secrets.ts";

/**
 * Where functions' secrets are in a stack's configuration: `secrets:<name>`. A namespace of their own, since Pulumi tells of
 * a whole key alone whether it is encrypted, not of what is inside of one.
 */
const configNamespace = "secrets";

/** A value of the stack's configuration, by its name without the namespace. */
export interface ConfiguredSecret {
  readonly value: pulumi.Output<string>;
  /** It stands in the configuration's file as a secret, not in clear. */
  readonly encrypted: boolean;
}

/** Where the values of functions' secrets are. */
export interface SecretSources {
  /** Values of the stack's configuration by their names. */
  readonly configured: ReadonlyMap<string, Pick<ConfiguredSecret, "value">>;
  /** Kubernetes Secrets that others have made. */
  readonly existing: SecretVersions;
}

/**
 * Finds the secrets that functions read, in the running stack's configuration and on its cluster.
 *
 * @throws UserError with every problem, each with its place in function.yaml and what mends it
 */
export async function readSecrets(
  secrets: readonly FunctionSecret[],
  { cluster, namespace }: { readonly cluster: ClusterAccess; readonly namespace: string },
): Promise<SecretSources> {
  const configured = readConfiguration();
  const { versions, problems } = await lookAtSecrets(secrets, kubectlFlags(cluster), namespace);
  const all = [...configurationProblems(secrets, configured, pulumi.getStack()), ...problems];
  if (all.length > 0) throw new UserError(all.map(formatProblem).join("\n"));
  return { configured, existing: versions };
}

function readConfiguration(): ReadonlyMap<string, ConfiguredSecret> {
  const config = new pulumi.Config(configNamespace);
  const prefix = `${configNamespace}:`;
  const names = Object.keys(pulumi.runtime.allConfig()).flatMap((key) =>
    key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
  );
  return new Map(
    names.map((name) => [name, { value: config.requireSecret(name), encrypted: isEncrypted(prefix + name) }]),
  );
}

/** Whether a key of the running stack's configuration is a secret. The SDK has it, but does not declare it. */
export function isEncrypted(key: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return runtime.isConfigSecret(key);
}

/** What the configuration lacks of what functions read of it, or has in clear. */
export function configurationProblems(
  secrets: readonly FunctionSecret[],
  configured: ReadonlyMap<string, Pick<ConfiguredSecret, "encrypted">>,
  stack: string,
): Problem[] {
  return secrets.flatMap((secret) => {
    if (!("config" in secret.from)) return [];
    const key = `${configNamespace}:${secret.from.config}`;
    const found = configured.get(secret.from.config);
    if (found?.encrypted) return [];
    const what = found ? "stands in clear in" : "is not in";
    const mend = `set it by "pulumi config set --secret ${key}", which asks for the value`;
    return [secretProblem(secret, `${key} ${what} the configuration of stack ${stack}; ${mend}`)];
  });
}
