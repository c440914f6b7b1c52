import { RunError } from "@pulumi/pulumi";
import { UserError } from "../console/errors.ts";

/**
 * Runs the program so that Pulumi prints what a user can mend as plain guidance; a bug keeps its stack trace.
 */
export async function guided<T>(program: () => Promise<T>): Promise<T> {
  // Pulumi's SDK notes a stack with every promise, and has each mapped to the sources that it was compiled from: a third of
  // the program's time. This program's own lines are right as they are.
  delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  try {
    return await program();
  } catch (error) {
    if (error instanceof UserError) throw new RunError(error.message);
    throw error;
  }
}
