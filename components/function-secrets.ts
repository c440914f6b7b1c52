import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { functionSecret } from "../manifests/function-secret.ts";
import type { SecretVariable } from "../manifests/knative-service.ts";
import type { SecretSources } from "../settings/secrets.ts";
import type { FunctionSecret } from "../source/secrets.ts";

/** Whose secrets they are. */
export interface FunctionSecretsArgs {
  readonly namespace: string;
  readonly workflow: string;
  readonly function: string;
  readonly secrets: readonly FunctionSecret[];
  readonly sources: SecretSources;
}

/** A function's secrets as its Knative Service names them. */
export interface FunctionSecrets {
  readonly variables: readonly SecretVariable[];
  /** Changes with the Kubernetes Secrets that others have made; undefined where it reads none. */
  readonly version: string | undefined;
}

/**
 * A function's secrets. Values of the configuration go into an immutable Kubernetes Secret of the function's own; changed ones
 * into another one, so that there is a new Revision, and each older Revision starts with the values that it was made with.
 * That is why an update removes none.
 */
export function functionSecrets(
  name: string,
  { namespace, workflow, function: fn, secrets, sources }: FunctionSecretsArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<FunctionSecrets> {
  const values = secrets.flatMap(({ variable, from }) => {
    if (!("config" in from)) return [];
    const found = sources.configured.get(from.config);
    if (found === undefined) throw new Error(`there is no value for ${from.config}`);
    return [[variable, pulumi.secret(found.value)] as const];
  });
  // Pulumi makes up the end of its name: a digest of the values would tell whether a guess of them is right.
  const made =
    values.length === 0
      ? undefined
      : new k8s.core.v1.Secret(
          name,
          { ...functionSecret(namespace, workflow, fn), stringData: Object.fromEntries(values) },
          { ...opts, retainOnDelete: true },
        );
  const read = new Set(secrets.flatMap(({ from }) => ("secret" in from ? [from.secret] : [])));
  const version = [...read].map((one) => `${one}:${sources.existing[one]}`).join(" ");
  return pulumi.output(made?.metadata.name).apply((own = "") => {
    const variables = secrets.map(({ variable, from }) => {
      const secretKeyRef = "config" in from ? { name: own, key: variable } : { name: from.secret, key: from.key };
      return { name: variable, valueFrom: { secretKeyRef } };
    });
    return { variables, version: version === "" ? undefined : version };
  });
}
