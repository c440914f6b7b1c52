import { Command } from "commander";
import { jsonOption, yesOption } from "../options.ts";
import { print } from "../print.ts";

interface Options {
  yes: boolean;
  json?: boolean;
}

export function command(): Command {
  return new Command("promote")
    .summary("have a stack run exactly what another one runs")
    .description(
      "Has a stack run the code, the definitions and the images that another one runs, by their digests, without building " +
        "anything; or refuses, and says which function differs and why. It is written down in releases/<to-stack>.yaml, which the " +
        "stack goes by from then on, in plain pulumi commands too.",
    )
    .argument("<from-stack>", "the stack that runs it")
    .argument("<to-stack>", "the stack that shall run it")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Both stacks keep their own settings. What runs has to be committed, and the cluster that shall run it has to reach the registry.

Examples:
  $ npx knflow promote dev staging
  $ npx knflow promote staging prod --yes && git add releases && git commit -m "release: prod"`,
    )
    .action(promote);
}

async function promote(from: string, to: string, { json, ...options }: Options): Promise<void> {
  const [{ commandProgress }, { promote }, { describeDeployed }] = await Promise.all([
    import("../logs.ts"),
    import("../release/promote.ts"),
    import("../release/describe.ts"),
  ]);
  const deployed = await promote(from, to, options, commandProgress("promote"));
  print(json, deployed, describeDeployed);
}
