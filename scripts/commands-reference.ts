import type { Command } from "commander";
import { exitCodes } from "../cli/exit-codes.ts";
import { buildProgram } from "../cli/program.ts";

/** The reference of all commands, as Markdown: what `--help` says of each. */
export async function commandsReference(): Promise<string> {
  const commands = (await buildProgram()).commands.flatMap(leaves);
  return `# Commands

Made from the commands themselves by \`npm run docs\`; \`npx knflow <command> --help\` says the same.

With \`--json\`, standard output is one JSON document, or one object a line where a command goes on (\`watch\`, \`logs\`). Errors and
progress go to standard error. Colours are for terminals alone, unless \`NO_COLOR\` or \`FORCE_COLOR\` is set.

| Exit code | Meaning |
| --- | --- |
| ${exitCodes.done} | done |
| ${exitCodes.failed} | the work failed, or what was looked at is not as it should be |
| ${exitCodes.wrongUsage} | the command line cannot be understood; nothing was begun |
| 128 + n | ended by signal n, such as 130 by Ctrl-C |

${commands.map(section).join("\n")}`;
}

/** The command and those below it that can be called. */
export function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** A command's words, without the program's name. */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

/** All that `--help` of a command prints, examples included. */
export function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return text;
}

function section(command: Command): string {
  return `## knflow ${pathOf(command)}\n\n\`\`\`\n${helpOf(command).trimEnd()}\n\`\`\`\n`;
}
