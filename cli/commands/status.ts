import { Command } from "commander";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

interface Options {
  stack: string;
  json?: boolean;
}

export function command(): Command {
  return new Command("status")
    .summary("whether what is deployed is ready, and why not")
    .description(
      "Says of each workflow and function whether it is ready and why not, which Revisions serve, what code they run, how " +
        "many Pods there are, and since when. Exits with 0 where all are ready, else with 1.",
    )
    .argument("[workflow[/function]]", "look at these alone")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow status
  $ npx knflow status wordcount
  $ npx knflow status --json | jq '.[] | select(.state != "ready")'`,
    )
    .action(status);
}

async function status(name: string | undefined, { stack, json }: Options): Promise<void> {
  const [
    { commandProgress },
    { openStack },
    { readStackOutputs },
    { Kubectl },
    { notOnCluster, targetSelector },
    { readStatuses },
    { describeServices },
    { UserError },
  ] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../pulumi/outputs.ts"),
    import("../kubectl.ts"),
    import("../invoke/target.ts"),
    import("../status/read-statuses.ts"),
    import("../status/describe.ts"),
    import("../../console/errors.ts"),
  ]);
  const access = await openStack(stack, ["pulumi", "kubectl"], commandProgress("status"));
  const outputs = await readStackOutputs(access);
  const kubectl = new Kubectl(access, outputs.namespace);
  const statuses = await readStatuses(kubectl, targetSelector(name, outputs));
  if (name !== undefined && statuses.length === 0) throw new UserError(notOnCluster(name, outputs));
  print(json, statuses, describeServices);
  process.exitCode = statuses.every(({ state }) => state === "ready") ? 0 : 1;
}
