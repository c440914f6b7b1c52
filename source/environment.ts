import { z } from "zod";

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that the platform itself sets in a function's container. */
const reserved = /^(FAASIT_|KNFLOW_|K_(SERVICE|CONFIGURATION|REVISION)$|PORT$)/;

/** Refuses names that no variable of a function may have. */
function checkNames(variables: object, context: z.RefinementCtx): void {
  for (const name of Object.keys(variables)) {
    if (!variableName.test(name)) {
      context.addIssue({ code: "custom", path: [name], message: "is no name of an environment variable" });
    } else if (reserved.test(name)) {
      context.addIssue({ code: "custom", path: [name], message: "is set by the platform; choose another name" });
    }
  }
}

/** Variables whose values stand in function.yaml. */
export const environment = z
  .record(
    z.string(),
    z
      .union([z.string().regex(/^[^\0]*$/, "must not hold a NUL"), z.number(), z.boolean()], {
        error: "must be a text, a number, true or false",
      })
      .transform(String),
  )
  .superRefine(checkNames);

const ofConfiguration = z.strictObject({
  config: z
    .string()
    .regex(/^[A-Za-z_][\w-]*$/, "must be a name of letters, digits, _ and -")
    .describe("A secret of the stack's configuration: pulumi config set --secret secrets:<name>"),
});

const ofKubernetes = z.strictObject({
  secret: z
    .string()
    .max(253)
    .regex(
      /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
      'must be the name of a Kubernetes Secret: lower-case letters, digits, "-" and "."',
    )
    .describe("A Kubernetes Secret that is there, in the stack's namespace."),
  key: z
    .string()
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/, "must be a key of that Secret")
    .describe("Which of its values."),
});

const reference = z.union([ofConfiguration, ofKubernetes], {
  error: "must be { config: <name> } or { secret: <name>, key: <key> }",
});

/** Where a variable's value comes from. */
export type SecretReference = z.output<typeof reference>;

/** Variables whose values stand somewhere else. */
export const secrets = z.record(z.string(), reference).superRefine(checkNames);
