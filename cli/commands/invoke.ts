import { Command } from "commander";
import type { DataSource } from "../invoke/data.ts";
import { dataOption, jsonReplyOption, stackOption, timeoutOption } from "../options.ts";

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
    .addOption(dataOption())
    .addOption(stackOption())
    .addOption(timeoutOption())
    .addOption(jsonReplyOption())
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
  const [
    { commandProgress },
    { openStack },
    { readStackOutputs },
    { findTarget },
    { openData },
    { call },
    { writeReply },
  ] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../pulumi/outputs.ts"),
    import("../invoke/target.ts"),
    import("../invoke/data.ts"),
    import("../invoke/call.ts"),
    import("../invoke/write-reply.ts"),
  ]);
  const access = await openStack(options.stack, ["pulumi"], commandProgress("invoke"));
  const target = findTarget(name, await readStackOutputs(access), access.instance !== undefined);
  const signal = AbortSignal.timeout(options.timeout * 1000);
  const logs = (run: string) =>
    `hint: "npx knflow logs ${name} --run ${run} --stack ${options.stack}" shows what was logged`;
  await writeReply(target.name, await call(target, await openData(options.data), signal), signal, logs);
}
