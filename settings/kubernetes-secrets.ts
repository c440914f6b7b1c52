import { kubectlOn } from "../commands/kubectl.ts";
import { UserError } from "../console/errors.ts";
import { secretProblem, type FunctionSecret } from "../source/secrets.ts";
import type { Problem } from "../source/yaml-file.ts";

/** Versions of Kubernetes Secrets by their names: another one with each change. */
export type SecretVersions = Readonly<Record<string, string>>;

/** A Kubernetes Secret as far as it is looked at: never its values. */
interface SecretFacts {
  readonly version: string;
  readonly keys: readonly string[];
}

/**
 * Looks at the Kubernetes Secrets that functions name, which others have made. Pulumi's own `Secret.get` would bring their
 * values into the stack's state; this asks for keys and versions alone.
 *
 * @param flags of kubectl, for the cluster
 * @throws UserError where kubectl cannot look
 */
export async function lookAtSecrets(
  secrets: readonly FunctionSecret[],
  flags: readonly string[],
  namespace: string,
): Promise<{ readonly versions: SecretVersions; readonly problems: readonly Problem[] }> {
  const names = new Set(secrets.flatMap(({ from }) => ("secret" in from ? [from.secret] : [])));
  const read = await Promise.all([...names].map(async (name) => [name, await look(flags, namespace, name)] as const));
  const found = new Map(read);
  const absent = read.some(([, facts]) => facts === undefined) && !(await isThere(flags, namespace));
  const problems = secrets.flatMap((secret) => problemOf(secret, namespace, absent, found) ?? []);
  return { versions: Object.fromEntries(read.map(([name, facts]) => [name, facts?.version ?? ""])), problems };
}

/** A Secret's version and keys; undefined where there is none of the name. */
async function look(flags: readonly string[], namespace: string, name: string): Promise<SecretFacts | undefined> {
  const template = "{{.metadata.resourceVersion}}{{range $key, $value := .data}} {{$key}}{{end}}";
  const text = await get(flags, ["-n", namespace, "secret", name, "-o", `go-template=${template}`]);
  const [version = "", ...keys] = text.split(" ");
  return version === "" ? undefined : { version, keys };
}

async function isThere(flags: readonly string[], namespace: string): Promise<boolean> {
  return (await get(flags, ["namespace", namespace, "-o", "name"])) !== "";
}

/** What `kubectl get` writes; nothing where there is no such object. */
async function get(flags: readonly string[], what: readonly string[]): Promise<string> {
  const { failed, stdout, stderr, shortMessage } = await kubectlOn(flags, ["get", "--ignore-not-found", ...what]);
  if (!failed) return stdout.trim();
  const reason = stderr.trim() || shortMessage;
  throw new UserError(`the Kubernetes Secrets that functions read cannot be looked at: ${reason}`);
}

function problemOf(
  secret: FunctionSecret,
  namespace: string,
  namespaceIsAbsent: boolean,
  found: ReadonlyMap<string, SecretFacts | undefined>,
): Problem | undefined {
  const { from } = secret;
  if (!("secret" in from)) return undefined;
  const name = `Kubernetes Secret ${from.secret}`;
  const facts = found.get(from.secret);
  if (facts === undefined) {
    const create = `kubectl -n ${namespace} create secret generic ${from.secret} --from-file=${from.key}=<file>`;
    const first = namespaceIsAbsent ? `kubectl create namespace ${namespace} && ` : "";
    return secretProblem(secret, `there is no ${name} in namespace ${namespace}; create it: ${first}${create}`);
  }
  if (facts.keys.includes(from.key)) return undefined;
  const there = facts.keys.length === 0 ? "it has none" : `its keys are: ${facts.keys.join(", ")}`;
  return secretProblem(secret, `the ${name} in namespace ${namespace} has no key ${from.key}; ${there}`);
}
