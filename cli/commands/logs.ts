import { Command, InvalidArgumentError } from "commander";
import { jsonOption, stackOption } from "../options.ts";

interface Options {
  stack: string;
  follow: boolean;
  run?: string;
  since?: string;
  tail?: number;
  json?: boolean;
}

export function command(): Command {
  return new Command("logs")
    .summary("what functions and workflows log")
    .description(
      "Prints the logs of a workflow with all its functions, or of one function, as one stream: of the Pods that there " +
        "are, and with --follow of those that start meanwhile.",
    )
    .argument("[workflow[/function]]", "whose logs (default: those of all workflows)")
    .option("-f, --follow", "go on as they grow, until Ctrl-C", false)
    .option("-r, --run <id>", "only lines of one run")
    .option("--since <duration>", "only lines no older than this, such as 10m", duration)
    .option("-n, --tail <lines>", "how many of the last lines of each Pod (default: 200; all with --run)", count)
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Long inputs and outputs are cut. With --json, each line is an object as it was written, with function, workflow and run id.

Examples:
  $ npx knflow logs wordcount --follow
  $ npx knflow logs wordcount/count --since 10m
  $ npx knflow logs --run 5f0c... --json | jq .msg`,
    )
    .action(logs);
}

const ended = "Pods that nothing calls are ended, and their logs with them; --follow waits for new ones\n";
const nothingSaid = `there are no lines: no Pod runs, or none has written any. ${ended}`;
const nothingOfRun = (run: string) => `there are no lines of run ${run} in the Pods that there are. ${ended}`;

async function logs(name: string | undefined, options: Options): Promise<void> {
  const [
    { commandProgress },
    { openStack },
    { readStackOutputs },
    { Kubectl },
    { targetSelector },
    { readPodLogs, followPodLogs },
    { lineWriter },
    { showsColour },
    { UserError },
  ] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../pulumi/outputs.ts"),
    import("../kubectl.ts"),
    import("../invoke/target.ts"),
    import("../function-logs/pod-logs.ts"),
    import("../function-logs/line-writer.ts"),
    import("../../console/colour.ts"),
    import("../../console/errors.ts"),
  ]);
  const access = await openStack(options.stack, ["pulumi", "kubectl"], commandProgress("logs"));
  const outputs = await readStackOutputs(access);
  const kubectl = new Kubectl(access, outputs.namespace);
  // kubectl counts the lines of all runs: those of one may all be before the last ones.
  const range = { tail: options.tail ?? (options.run === undefined ? 200 : -1), since: options.since };
  const write = lineWriter(
    outputs,
    { run: options.run, json: options.json === true, colour: showsColour(process.stdout) },
    process.stdout,
  );
  const selector = targetSelector(name, outputs);
  if (options.follow) await followPodLogs(kubectl, selector, range, write);
  else {
    const { lines, problems } = await readPodLogs(kubectl, selector, range);
    let written = 0;
    for (const line of lines) if (write(line)) written++;
    if (problems.length > 0) throw new UserError(problems.join("\n"));
    if (written === 0) process.stderr.write(options.run === undefined ? nothingSaid : nothingOfRun(options.run));
  }
}

function duration(value: string): string {
  if (/^[1-9]\d*(s|m|h)$/.test(value)) return value;
  throw new InvalidArgumentError('It must be a duration such as "90s", "10m" or "2h"');
}

function count(value: string): number {
  if (/^\d{1,7}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be a number of lines");
}
