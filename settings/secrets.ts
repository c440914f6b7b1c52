import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../console/errors.ts";
import { secretProblem, type FunctionSecret } from "../source/secrets.ts";
import { formatProblem } from "../source/yaml-file.ts";

/**
 * Where functions' secrets are in a stack's configuration: `secrets:<name>`. A namespace of their own, since Pulumi tells of
 * a whole key alone whether it is encrypted, not of what is inside of one.
 */
const namespace = "secrets";

/** A value of the stack's configuration, by its name without the namespace. */
export interface ConfiguredSecret {
  readonly value: pulumi.Output<string>;
  /** It stands in the configuration's file as a secret, not in clear. */
  readonly encrypted: boolean;
}

/** What the running stack's configuration has for functions. */
export function readConfiguredSecrets(): ReadonlyMap<string, ConfiguredSecret> {
  const config = new pulumi.Config(namespace);
  const prefix = `${namespace}:`;
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

/**
 * Checks that the configuration has what functions read of it.
 *
 * @throws UserError with every problem, each with its place in function.yaml and the command that mends it
 */
export function checkConfiguredSecrets(
  secrets: readonly FunctionSecret[],
  configured: ReadonlyMap<string, Pick<ConfiguredSecret, "encrypted">>,
  stack: string,
): void {
  const problems = secrets.flatMap((secret) => {
    if (!("config" in secret.from)) return [];
    const key = `${namespace}:${secret.from.config}`;
    const found = configured.get(secret.from.config);
    if (found?.encrypted) return [];
    const what = found ? "stands in clear in" : "is not in";
    const mend = `set it by "pulumi config set --secret ${key}", which asks for the value`;
    return [secretProblem(secret, `${key} ${what} the configuration of stack ${stack}; ${mend}`)];
  });
  if (problems.length > 0) throw new UserError(problems.map(formatProblem).join("\n"));
}
