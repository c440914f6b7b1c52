/**
 * An error that the user can mend. Its message is the whole guidance (what went wrong, the value, what is allowed, how
 * to fix it), so it is printed without a stack trace; every other error is a bug and keeps its trace.
 *
 * @example throw new UserError(`no context "prod" in ~/.kube/config; it has: dev, staging. Set knflow:context to one of them`);
 */
export class UserError extends Error {
  override readonly name = "UserError";
}
