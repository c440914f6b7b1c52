import { pipeline } from "node:stream/promises";
import { UserError } from "../../console/errors.ts";
import type { Reply } from "./call.ts";

/**
 * Ends a call as every command that calls does: the reply alone on standard output, or the error on standard error
 * with exit code 1.
 *
 * @param name what was called
 * @param signal ended the call where it took too long
 * @param hint what people are told of a run that failed; a program gets the problem alone
 */
export async function writeReply(
  name: string,
  reply: Reply,
  signal: AbortSignal,
  hint?: (runId: string) => string,
): Promise<void> {
  if (!reply.ok) {
    process.stderr.write(`${reply.problem}\n`);
    if (process.stderr.isTTY && hint !== undefined && reply.runId !== undefined)
      process.stderr.write(`${hint(reply.runId)}\n`);
    process.exitCode = 1;
    return;
  }
  await pipeline(reply.body, process.stdout, { end: false }).catch((error: Error) => {
    const reason = signal.aborted ? "it took longer than --timeout allows" : error.message;
    throw new UserError(`the reply of ${name} broke off: ${reason}`);
  });
  // A prompt should not follow on the reply's last line; in a file or a pipe the reply stays byte for byte.
  if (process.stdout.isTTY) process.stdout.write("\n");
}
