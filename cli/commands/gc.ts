import { Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../console/duration.ts";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

interface Options {
  stack: string;
  dryRun: boolean;
  grace: number;
  keep: number;
  ignoreStack: string[];
  json?: boolean;
}

const day = 24 * 60 * 60_000;

export function command(): Command {
  return new Command("gc")
    .summary("remove code and Revisions that nothing uses any more")
    .description(
      "Removes old Revisions that get no requests, and then what nothing names any more: archives on the code volume, and " +
        "Secrets of functions. What a Revision, a Pod, an open run, a release, or any stack's state names stays.",
    )
    .option("-n, --dry-run", "only say what would be removed", false)
    .addOption(
      new Option("--grace <duration>", "keep what was in use or pushed within this time, such as 30m, 24h or 7d")
        .argParser(span)
        .default(day, "24h"),
    )
    .option("--keep <number>", "how many of the newest Revisions of each function to keep in any case", count, 2)
    .option("--ignore-stack <name...>", "other stacks, gone for good, whose states do not count", [])
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
It may run at any time, beside an update too, as long as --grace is longer than an update takes.

Examples:
  $ npx knflow gc --dry-run
  $ npx knflow gc --grace 7d --keep 5
  $ npx knflow gc --json | jq .freedBytes`,
    )
    .action(gc);
}

async function gc({ stack, json, ...options }: Options): Promise<void> {
  const [
    { commandProgress },
    { openStack },
    { readStackOutputs },
    { Kubectl },
    { collect },
    { report, describeReport },
  ] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../pulumi/outputs.ts"),
    import("../kubectl.ts"),
    import("../gc/collect.ts"),
    import("../gc/describe.ts"),
  ]);
  const access = await openStack(stack, ["pulumi", "kubectl"], commandProgress("gc"));
  const { namespace } = await readStackOutputs(access);
  const found = report(await collect(access, new Kubectl(access, namespace), namespace, options), options.dryRun);
  print(json, found, describeReport);
}

function span(value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError('It must be a duration such as "30m", "24h" or "7d"');
}

function count(value: string): number {
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be a number from 0 to 9999");
}
