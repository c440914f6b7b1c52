import { Command, Option } from "commander";
import type { Language } from "../init/new-workflow.ts";
import { jsonOption } from "../options.ts";
import { print } from "../print.ts";

export function command(): Command {
  return new Command("init")
    .summary("begin a new workflow")
    .description("Makes a small workflow with one function and an example, ready to run, to be changed into yours.")
    .argument("<new-workflow>", "its name: a new folder in functions/")
    .addOption(new Option("-l, --language <language>", "of its function").choices(["python", "node"]).default("python"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow init orders
  $ npx knflow init orders --language node`,
    )
    .action(init);
}

async function init(name: string, { language, json }: { language: Language; json?: boolean }): Promise<void> {
  const { newWorkflow } = await import("../init/new-workflow.ts");
  const { files, input } = await newWorkflow(name, language);
  print(
    json,
    { workflow: name, language, files, input },
    () => `${files.map((file) => `  ${file}\n`).join("")}
Run it on this machine:  npx knflow run ${name} --data @${input}
Then on the cluster:     npm start, or pulumi up
                         npx knflow invoke ${name} --data @${input}
`,
  );
}
