import { Command, InvalidArgumentError, Option } from "commander";
import { parseShare, type Share } from "../traffic/split.ts";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

interface Options {
  stack: string;
  reset: boolean;
  json?: boolean;
}

export function command(): Command {
  return new Command("traffic")
    .summary("how requests are split between Revisions")
    .description(
      "Shows which Revisions of a workflow or function get how much of its requests, or splits them anew, for a canary. A " +
        "Revision is named by its name, by the first six or more digits of its code's digest, or as latest.",
    )
    .argument("<workflow[/function]>", "whose requests")
    .argument("[revision=percent...]", "the shares, which make 100 together", shares)
    .addOption(new Option("--reset", "send all requests to the latest Revision").default(false))
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The split stays as it is over updates of the stack: a Revision that these make gets what goes to latest, which may be nothing.

Examples:
  $ npx knflow traffic wordcount/count
  $ npx knflow traffic wordcount/count wordcount-count-00003=90 latest=10
  $ npx knflow traffic wordcount/count 3fa2b81c=100
  $ npx knflow traffic wordcount/count --reset`,
    )
    .action(traffic);
}

async function traffic(name: string, given: Share[], { stack, reset, json }: Options, command: Command): Promise<void> {
  if (reset && given.length > 0) {
    command.error("error: --reset sends everything to the latest Revision; leave the shares out");
  }
  const [{ commandProgress }, { openStack }, { traffic: split }, { describeSplit }] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../traffic/traffic.ts"),
    import("../traffic/shown.ts"),
  ]);
  const wanted = reset ? [{ revision: "latest", percent: 100 }] : given;
  const found = await split(await openStack(stack, ["kubectl"], commandProgress("traffic")), name, wanted);
  print(json, found, describeSplit);
}

function shares(value: string, before: Share[] | undefined): Share[] {
  try {
    return [...(before ?? []), parseShare(value)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
