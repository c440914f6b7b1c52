import { CommanderError } from "commander";
import { UserError } from "../console/errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { Interrupted, passInterrupts } from "./interrupt.ts";
import { buildProgram } from "./program.ts";

/**
 * The `knflow` command. Errors that the user can mend are told here, and only here; a bug keeps its stack trace.
 *
 * @param args the command line without program and script
 */
export async function main(args: string[]): Promise<void> {
  passInterrupts();
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader has seen enough, as in `knflow ... | head`.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  try {
    const program = await buildProgram(args[0]);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  if (!(error instanceof UserError)) throw error;
  if (error.message !== "") process.stderr.write(`error: ${error.message}\n`);
  return error instanceof Interrupted ? error.exitCode : exitCodes.failed;
}
