import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };

/** The commands in the order of the help; each is loaded only where it is called or listed. */
const commands: Record<string, () => Promise<{ command: () => Command }>> = {
  start: () => import("./commands/start.ts"),
  init: () => import("./commands/init.ts"),
  dev: () => import("./commands/dev.ts"),
  run: () => import("./commands/run.ts"),
  watch: () => import("./commands/watch.ts"),
  doctor: () => import("./commands/doctor.ts"),
  status: () => import("./commands/status.ts"),
  logs: () => import("./commands/logs.ts"),
  invoke: () => import("./commands/invoke.ts"),
  traffic: () => import("./commands/traffic.ts"),
  plan: () => import("./commands/plan.ts"),
  promote: () => import("./commands/promote.ts"),
  rollback: () => import("./commands/rollback.ts"),
  images: () => import("./commands/images.ts"),
  gc: () => import("./commands/gc.ts"),
  cluster: () => import("./commands/cluster.ts"),
  env: () => import("./commands/env.ts"),
  completion: () => import("./commands/completion.ts"),
};

/** Columns of the help at most, and where it goes to no terminal: longer lines are hard to read. */
const [widestHelp, usualHelp] = [100, 80];

/** Commands that only scripts call. */
const hidden: typeof commands = { complete: () => import("./commands/complete.ts") };

/**
 * The `knflow` command line.
 *
 * @param name the command that is called; with none, or one that there is not, all commands are loaded
 */
export async function buildProgram(name?: string): Promise<Command> {
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
  const callable = { ...commands, ...hidden };
  const named = name !== undefined && Object.hasOwn(callable, name) ? callable[name] : undefined;
  for (const load of named ? [named] : Object.values(commands)) program.addCommand((await load()).command());
  configure(program);
  return program.helpCommand("help [command]", "show a command's help");
}

/** What holds for every command: errors come to `main`, point to the help, and go to standard error. */
function configure(command: Command): void {
  command.exitOverride().showHelpAfterError(`("knflow ${pathOf(command)}--help" tells more)`);
  const width = () => Math.min(process.stdout.columns ?? usualHelp, widestHelp);
  command.configureOutput({ getOutHelpWidth: width });
  command.helpOption("-h, --help", "show this help").helpCommand(false);
  command.commands.forEach(configure);
}

function pathOf(command: Command): string {
  return command.parent === null ? "" : `${pathOf(command.parent)}${command.name()} `;
}
