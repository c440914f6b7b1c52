import { Argument, Command } from "commander";
import { shells } from "../completion/scripts.ts";

type Shell = (typeof shells)[number];

export function command(): Command {
  return new Command("completion")
    .summary("make a shell complete commands and names")
    .description(
      "Prints what makes a shell complete commands, options, and the names of workflows, functions, stacks and clusters. It " +
        "completes the word knflow, which becomes a function that calls this project's, where there is no such command.",
    )
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  $ source <(npx knflow completion bash)
  $ source <(npx knflow completion zsh)
  $ npx knflow completion fish | source`,
    )
    .action(completion);
}

async function completion(shell: Shell): Promise<void> {
  const [{ completionScript }, { projectRoot }, { shellQuote }] = await Promise.all([
    import("../completion/scripts.ts"),
    import("../root.ts"),
    import("../../console/shell.ts"),
  ]);
  process.stdout.write(completionScript(shell, shellQuote(`${projectRoot}/cli/knflow.js`)));
}
