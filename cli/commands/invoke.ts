import { pipeline } from "node:stream/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../../console/errors.ts";
import { parseDataSource, type DataSource } from "../invoke/data.ts";
import { stackOption } from "../options.ts";

interface Options {
  data: DataSource;
  stack: string;
  timeout: number;
}

export function command(): Command {
  return new Command("invoke")
    .summary("call a deployed workflow or function")
    .description("Calls a deployed workflow, or one function of it, and writes its reply to standard output.")
    .argument("<workflow[/function]>", "what to call")
    .addOption(
      new Option("-d, --data <json|@file|@->", "the input: JSON text, a file, or standard input")
        .argParser(dataSource)
        .default({ json: "{}" }, "{}"),
    )
    .addOption(stackOption())
    .option("-t, --timeout <seconds>", "how long to wait for the whole reply", seconds, 600)
    .addHelpText(
      "after",
      `
A failed call writes the error to standard error (JSON as the function or workflow gave it) and exits with 1.

Examples:
  $ npx knflow invoke wordcount --data '{"text": "to be or not to be"}'
  $ npx knflow invoke wordcount --data @functions/wordcount/examples/input.json
  $ generate | npx knflow invoke wordcount/count --data @- > reply.json`,
    )
    .action(invoke);
}

async function invoke(name: string, options: Options): Promise<void> {
  const [{ commandProgress }, { openStack }, { readStackOutputs }, { findTarget }, { openData }, { call }] =
    await Promise.all([
      import("../logs.ts"),
      import("../stack.ts"),
      import("../pulumi/outputs.ts"),
      import("../invoke/target.ts"),
      import("../invoke/data.ts"),
      import("../invoke/call.ts"),
    ]);
  const access = await openStack(options.stack, ["pulumi"], commandProgress("invoke"));
  const target = findTarget(name, await readStackOutputs(access));
  const signal = AbortSignal.timeout(options.timeout * 1000);
  const reply = await call(target, await openData(options.data), signal);
  if (!reply.ok) {
    process.stderr.write(`${reply.problem}\n`);
    process.exitCode = 1;
    return;
  }
  await pipeline(reply.body, process.stdout, { end: false }).catch((error: Error) => {
    const reason = signal.aborted ? "it took longer than --timeout allows" : error.message;
    throw new UserError(`the reply of ${target.name} broke off: ${reason}`);
  });
  // A prompt should not follow on the reply's last line; in a file or a pipe the reply stays byte for byte.
  if (process.stdout.isTTY) process.stdout.write("\n");
}

function dataSource(value: string): DataSource {
  try {
    return parseDataSource(value);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function seconds(value: string): number {
  const number = Number(value);
  // Longer spans than this do not fit a timer.
  if (number > 0 && number <= 2_000_000) return number;
  throw new InvalidArgumentError("it must be a number of seconds above 0 and at most 2000000");
}
