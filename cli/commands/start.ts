import { Command } from "commander";

export function command(): Command {
  return new Command("start")
    .summary("provide everything, deploy stack dev and call the example")
    .description(
      "Provides the tools and the cluster, deploys stack dev with a real pulumi up, calls the wordcount workflow with a " +
        "text of some thousand words, and says what to do next. Run again, it changes only what has changed.",
    )
    .addHelpText(
      "after",
      `
Where Pulumi.dev.yaml names no embedded cluster (knflow:embedded), the cluster that it names instead is deployed to.

Examples:
  $ npm start            the same, and installs the npm dependencies first
  $ npx knflow start`,
    )
    .action(async () => {
      const { start } = await import("../start/start.ts");
      await start();
    });
}
