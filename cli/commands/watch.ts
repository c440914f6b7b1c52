import { Command } from "commander";
import { jsonOption, stackOption } from "../options.ts";

export function command(): Command {
  return new Command("watch")
    .summary("bring code to the cluster whenever it is saved")
    .description(
      "Watches the project's functions, or those of one workflow, and brings what is saved to what is deployed, without " +
        "an update of the stack: within a second to pods that are awake, and as a new Revision. Ends with Ctrl-C.",
    )
    .argument("[workflow]", "the one workflow to watch (default: all)")
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Code and workflow.yaml are brought. New functions, function.yaml and lock files are not: it says where "pulumi up" is
needed. The next "pulumi up" of the same files takes over what was brought, and makes no other Revision.
With --json, each event is a line: watching, bringing, reloaded, brought, restored, notice,
problem or solved.

Examples:
  $ npx knflow watch
  $ npx knflow watch wordcount --stack dev
  $ npx knflow watch --json | jq 'select(.event == "brought") | .milliseconds'`,
    )
    .action(watch);
}

async function watch(workflow: string | undefined, { stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const [{ commandProgress }, { openStack }, { watchFunctions }, { describeEvent }] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../watch/watch.ts"),
    import("../watch/report.ts"),
  ]);
  const access = await openStack(stack, ["kubectl"], commandProgress("watch"));
  await watchFunctions(access, workflow, (event) => {
    process.stdout.write(`${json === true ? JSON.stringify(event) : describeEvent(event)}\n`);
  });
}
