import type { SecretReference } from "./environment.ts";
import type { Problem } from "./yaml-file.ts";

/** A secret that a function reads. */
export interface FunctionSecret {
  /** The environment variable by which it reads it. */
  readonly variable: string;
  readonly from: SecretReference;
  /** Where function.yaml says so. */
  readonly place: Omit<Problem, "message">;
}

/** The variable by which a runtime is told which others are secret, so that it keeps their values out of its log. */
export function secretEnvironment(
  secrets: readonly Pick<FunctionSecret, "variable">[],
): Readonly<Record<string, string>> {
  if (secrets.length === 0) return {};
  return { KNFLOW_SECRET_VARIABLES: secrets.map(({ variable }) => variable).join(",") };
}

/** A problem with a function's secret, at its place in function.yaml. */
export function secretProblem({ variable, place }: FunctionSecret, message: string): Problem {
  return { ...place, message: `secrets.${variable}: ${message}` };
}
