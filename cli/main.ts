import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { UserError } from "../console/errors.ts";
import { Interrupted, passInterrupts } from "./interrupt.ts";

/** The commands in the order of the help; each is loaded only where it is called or listed. */
const commands: Record<string, () => Promise<{ command: () => Command }>> = {
  start: () => import("./commands/start.ts"),
  init: () => import("./commands/init.ts"),
  dev: () => import("./commands/dev.ts"),
  run: () => import("./commands/run.ts"),
  doctor: () => import("./commands/doctor.ts"),
  status: () => import("./commands/status.ts"),
  logs: () => import("./commands/logs.ts"),
  invoke: () => import("./commands/invoke.ts"),
  plan: () => import("./commands/plan.ts"),
  promote: () => import("./commands/promote.ts"),
  rollback: () => import("./commands/rollback.ts"),
  images: () => import("./commands/images.ts"),
  gc: () => import("./commands/gc.ts"),
  cluster: () => import("./commands/cluster.ts"),
  env: () => import("./commands/env.ts"),
};

/** Exit codes; a process ended by a signal ends with 128 and the signal's number, as in a shell. */
const failed = 1;
const wrongUsage = 2;

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
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage;
  if (!(error instanceof UserError)) throw error;
  if (error.message !== "") process.stderr.write(`error: ${error.message}\n`);
  return error instanceof Interrupted ? error.exitCode : failed;
}

async function buildProgram(name: string | undefined): Promise<Command> {
  const program = new Command("knflow")
    .description("Deploys function workflows to Knative with one pulumi up.")
    .usage("<command> [options]")
    .version(manifest.version, "-V, --version", "show the version")
    .addHelpText(
      "after",
      `
Examples:
  $ npm start                                     everything: tools, cluster, deployment, first call
  $ npx knflow invoke wordcount --data '{"text": "to be or not to be"}'
  $ eval "$(npx knflow env)" && pulumi up         work with plain pulumi and kubectl

Exit codes: 0 done; 1 failed; 2 wrong usage; 128 + n ended by signal n (130: Ctrl-C)`,
    );
  const named = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  for (const load of named ? [named] : Object.values(commands)) program.addCommand((await load()).command());
  configure(program);
  return program.helpCommand("help [command]", "show a command's help");
}

/** What holds for every command: errors come here, point to the help, and go to standard error. */
function configure(command: Command): void {
  command.exitOverride().showHelpAfterError(`("knflow ${pathOf(command)}--help" tells more)`);
  command.helpOption("-h, --help", "show this help").helpCommand(false);
  command.commands.forEach(configure);
}

function pathOf(command: Command): string {
  return command.parent === null ? "" : `${pathOf(command.parent)}${command.name()} `;
}
