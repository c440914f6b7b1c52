import { UserError } from "../console/errors.ts";
import { secretEnvironment, secretProblem, type FunctionSecret } from "../source/secrets.ts";
import { formatProblem } from "../source/yaml-file.ts";

/** Variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A function's secrets on this machine, where there is neither a stack nor a cluster: each by its variable.
 *
 * @throws UserError with each that has no value, and its place in function.yaml
 */
export function localSecrets(secrets: readonly FunctionSecret[], environment: Environment): Record<string, string> {
  const values = secrets.map((secret) => ({ secret, value: environment[secret.variable] }));
  const problems = values.flatMap(({ secret, value }) => {
    if (value !== undefined) return [];
    const { variable } = secret;
    const mend = `set ${variable} in the environment, or by ${variable}=<value> in the project's file .env`;
    return [secretProblem(secret, `it has no value on this machine; ${mend}`)];
  });
  if (problems.length > 0) throw new UserError(problems.map(formatProblem).join("\n"));
  const known = values.map(({ secret, value = "" }) => [secret.variable, value] as const);
  return { ...Object.fromEntries(known), ...secretEnvironment(secrets) };
}
