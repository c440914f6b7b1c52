import { Command } from "commander";
import { jsonOption } from "../options.ts";
import { print } from "../print.ts";

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
  $ npx knflow start
  $ npx knflow start --json | jq .reply.total`,
    )
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const [{ start }, { summary }] = await Promise.all([import("../start/start.ts"), import("../start/summary.ts")]);
      print(json, await start(), summary);
    });
}
