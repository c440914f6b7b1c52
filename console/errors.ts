import { getSystemErrorMessage } from "node:util";

/**
 * An error that the user can mend. Its message is the whole guidance (what went wrong, the value, what is allowed, how
 * to fix it), so it is printed without a stack trace; every other error is a bug and keeps its trace.
 *
 * @example throw new UserError(`no context "prod" in ~/.kube/config; it has: dev, staging. Set knflow:context to one of them`);
 */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Why a call of the system failed, in words without Node's code and call, such as `no such file or directory`. */
export function systemReason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : getSystemErrorMessage(errno);
}
