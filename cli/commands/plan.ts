import { Command, Option } from "commander";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

interface Options {
  stack: string;
  outputs?: string;
  json?: boolean;
  markdown?: boolean;
}

export function command(): Command {
  return new Command("plan")
    .summary("which functions an update would change, without a cluster")
    .description(
      "Compares the working tree, or the stack's release, with the outputs of the stack's last update, and says which definitions and functions would " +
        "change, from which digest to which, and what would be added and removed. The cluster is not asked, and nothing is changed.",
    )
    .addOption(stackOption())
    .option(
      "-o, --outputs <file>",
      'outputs by "pulumi stack output --json" instead of the stack\'s own; - for standard input',
    )
    .addOption(jsonOption())
    .addOption(new Option("--markdown", "write Markdown for a comment on a pull request").conflicts("json"))
    .addHelpText(
      "after",
      `
Only code and definitions are compared. What function.yaml, the stack's settings, packages, secrets and images change is
told by pulumi preview --diff, which asks the cluster.

Examples:
  $ npx knflow plan --stack staging
  $ npx knflow plan --outputs outputs.json --markdown
  $ npx knflow plan --json | jq -e '.changes == []'    ends with 1 where something would change`,
    )
    .action(plan);
}

async function plan({ stack, outputs, json, markdown }: Options): Promise<void> {
  const [{ changesBetween }, { deployedDigests, outputsOrigin, readOutputsFile }, { plannedDigests }, describe] =
    await Promise.all([
      import("../plan/changes.ts"),
      import("../plan/deployed.ts"),
      import("../plan/planned.ts"),
      import("../plan/describe.ts"),
    ]);
  const planned = await plannedDigests(stack);
  const deployed =
    outputs === undefined
      ? deployedDigests(await stackOutputs(stack), `stack ${stack}`)
      : deployedDigests(await readOutputsFile(outputs), outputsOrigin(outputs));
  const found = { stack, changes: changesBetween(deployed, planned) };
  print(json, found, markdown === true ? describe.markdownPlan : describe.describePlan);
}

async function stackOutputs(stack: string): Promise<unknown> {
  const [{ commandProgress }, { openStack }, { lastOutputs }] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../pulumi/outputs.ts"),
  ]);
  return lastOutputs(await openStack(stack, ["pulumi"], commandProgress("plan")));
}
