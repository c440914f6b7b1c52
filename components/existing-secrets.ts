import * as pulumi from "@pulumi/pulumi";
import { kubectlOn } from "../commands/kubectl.ts";
import { UserError } from "../console/errors.ts";
import { kubectlFlags, type ClusterAccess } from "../settings/cluster.ts";
import { secretProblem, type FunctionSecret } from "../source/secrets.ts";
import { formatProblem, type Problem } from "../source/yaml-file.ts";
import { guided } from "./guided.ts";

/** A Kubernetes Secret as far as it is looked at: never its values. */
interface SecretFacts {
  readonly version: string;
  readonly keys: readonly string[];
}

/** Versions of Kubernetes Secrets by their names: another one with each change. */
export type SecretVersions = Readonly<Record<string, string>>;

/**
 * The Kubernetes Secrets that functions name, which others have made. A read of `Secret.get` would bring their values into
 * the stack's state; this one asks for names and version alone, at each preview and update.
 *
 * @param namespace known once the namespace is there; before that nothing is read
 * @returns an output that fails with every problem, each with its place in function.yaml, where something is missing
 */
export function existingSecrets(
  secrets: readonly FunctionSecret[],
  cluster: ClusterAccess,
  namespace: pulumi.Input<string>,
): pulumi.Output<SecretVersions> {
  const named = secrets.filter(({ from }) => "secret" in from);
  if (named.length === 0) return pulumi.output<SecretVersions>({});
  return pulumi.output(namespace).apply((there) => guided(() => secretVersions(named, kubectlFlags(cluster), there)));
}

/**
 * Looks at the Kubernetes Secrets that functions name.
 *
 * @param flags of kubectl, for the cluster
 * @throws UserError with every problem
 */
export async function secretVersions(
  secrets: readonly FunctionSecret[],
  flags: readonly string[],
  namespace: string,
): Promise<SecretVersions> {
  const names = [...new Set(secrets.flatMap(({ from }) => ("secret" in from ? [from.secret] : [])))];
  const read = await Promise.all(names.map(async (name) => [name, await look(flags, namespace, name)] as const));
  const found = new Map(read);
  const problems = secrets.flatMap((secret) => problemOf(secret, namespace, found) ?? []);
  if (problems.length > 0) throw new UserError(problems.map(formatProblem).join("\n"));
  return Object.fromEntries(read.flatMap(([name, facts]) => (facts ? [[name, facts.version]] : [])));
}

/** A Secret's version and keys; undefined where there is none of the name. */
async function look(flags: readonly string[], namespace: string, name: string): Promise<SecretFacts | undefined> {
  const template = "{{.metadata.resourceVersion}}{{range $key, $value := .data}} {{$key}}{{end}}";
  const get = ["-n", namespace, "get", "secret", name, "--ignore-not-found", "-o", `go-template=${template}`];
  const { failed, stdout, stderr, shortMessage } = await kubectlOn(flags, get);
  if (failed) {
    const reason = stderr.trim() || shortMessage;
    throw new UserError(`the Kubernetes Secret ${name} in namespace ${namespace} cannot be looked at: ${reason}`);
  }
  const [version = "", ...keys] = stdout.trim().split(" ");
  return version === "" ? undefined : { version, keys };
}

function problemOf(
  secret: FunctionSecret,
  namespace: string,
  found: ReadonlyMap<string, SecretFacts | undefined>,
): Problem | undefined {
  const { from } = secret;
  if (!("secret" in from)) return undefined;
  const facts = found.get(from.secret);
  if (facts === undefined) {
    const create = `kubectl -n ${namespace} create secret generic ${from.secret} --from-file=${from.key}=<file>`;
    return secretProblem(
      secret,
      `there is no Kubernetes Secret ${from.secret} in namespace ${namespace}; create it: ${create}`,
    );
  }
  if (facts.keys.includes(from.key)) return undefined;
  const there = facts.keys.length === 0 ? "it has none" : `its keys are: ${facts.keys.join(", ")}`;
  return secretProblem(
    secret,
    `the Kubernetes Secret ${from.secret} in namespace ${namespace} has no key ${from.key}; ${there}`,
  );
}
