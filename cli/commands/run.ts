import { Command } from "commander";
import type { DataSource } from "../invoke/data.ts";
import { dataOption, jsonReplyOption, timeoutOption } from "../options.ts";

interface Options {
  data: DataSource;
  timeout: number;
  logs: boolean;
}

export function command(): Command {
  return new Command("run")
    .summary("run a workflow once on this machine")
    .description(
      "Runs a workflow, one function of it, or a workflow file without functions once on this machine, without any " +
        "cluster, and writes the output to standard output. Workflows are those of the folder functions.",
    )
    .argument("<workflow[/function]|file>", "what to run")
    .addOption(dataOption())
    .addOption(timeoutOption())
    .addOption(jsonReplyOption())
    .option("--logs", "show what executor and functions log, long inputs and outputs cut, on standard error", false)
    .addHelpText(
      "after",
      `
A run that faults writes its problem to standard error (JSON with type, status, title, detail, instance) and exits with 1.

Examples:
  $ npx knflow run wordcount --data '{"text": "to be or not to be"}'
  $ npx knflow run wordcount/count --data '{"text": "to be"}' --logs
  $ npx knflow run hello.yaml`,
    )
    .action(run);
}

async function run(target: string, options: Options): Promise<void> {
  const [{ runOnce }, { writeReply }] = await Promise.all([
    import("../local/run-once.ts"),
    import("../invoke/write-reply.ts"),
  ]);
  await runOnce(target, options, (reply, signal) => writeReply(target, reply, signal));
}
