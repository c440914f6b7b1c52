import { Command, InvalidArgumentError } from "commander";
import { jsonOption } from "../options.ts";

export function command(): Command {
  return new Command("dev")
    .summary("run workflows on this machine and reload on save")
    .description(
      "Runs the project's workflows, or one of them, on this machine without any cluster: the same runtimes and executor as " +
        "processes, started anew when their files are saved. Workflows are those of the folder functions. Ends with Ctrl-C.",
    )
    .argument("[workflow]", "the one workflow to run (default: all)")
    .option("-p, --port <number>", "the port on 127.0.0.1", port, 8484)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Long inputs and outputs in the logs are cut. With --json nothing is: each line is an object with its event: ready, log,
started, ended, notice or problem.

Examples:
  $ npx knflow dev
  $ npx knflow dev wordcount --port 9000
  $ curl --json '{"text": "to be"}' http://127.0.0.1:8484/wordcount`,
    )
    .action(async (workflow: string | undefined, options: { port: number; json?: boolean }) => {
      const [{ develop }, { jsonReport, textReport }] = await Promise.all([
        import("../local/develop.ts"),
        import("../local/dev-report.ts"),
      ]);
      await develop(workflow, options.port, options.json === true ? jsonReport() : textReport());
    });
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError("It must be a port from 1 to 65535, or 0 for any that is free");
}
