import { Command, InvalidArgumentError } from "commander";
import { jsonOption, yesOption } from "../options.ts";
import { print } from "../print.ts";

interface Options {
  to?: number;
  yes: boolean;
  json?: boolean;
}

export function command(): Command {
  return new Command("rollback")
    .summary("have a stack run the release before")
    .description(
      "Has a stack run the release that ran before its current one (releases/<stack>.yaml), with the same code, definitions and " +
        "images, without building anything. Called again, it goes back one more.",
    )
    .argument("<stack>", "the stack")
    .option("--to <number>", "another release of the stack's file", number)
    .addOption(yesOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow rollback prod
  $ npx knflow rollback prod --to 7 --yes`,
    )
    .action(rollback);
}

async function rollback(stack: string, { to, json, ...options }: Options): Promise<void> {
  const [{ commandProgress }, { rollback }, { describeDeployed }] = await Promise.all([
    import("../logs.ts"),
    import("../release/rollback.ts"),
    import("../release/describe.ts"),
  ]);
  const deployed = await rollback(stack, to, options, commandProgress("rollback"));
  print(json, deployed, describeDeployed);
}

function number(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be the number of a release, such as 7");
}
