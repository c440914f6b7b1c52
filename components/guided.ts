import { RunError } from "@pulumi/pulumi";
import { UserError } from "../console/errors.ts";

/**
 * Runs the program so that Pulumi prints what a user can mend as plain guidance; a bug keeps its stack trace.
 */
export async function guided<T>(program: () => Promise<T>): Promise<T> {
  try {
    return await program();
  } catch (error) {
    if (error instanceof UserError) throw new RunError(error.message);
    throw error;
  }
}
