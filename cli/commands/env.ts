import { Command } from "commander";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

export function command(): Command {
  return new Command("env")
    .summary("print what a shell needs for plain pulumi and kubectl")
    .description(
      "Prints lines that set a POSIX shell up, so that plain pulumi and kubectl work on a stack and its cluster.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
What is set already counts: PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE are left as they are.

Examples:
  $ eval "$(npx knflow env)"
  $ pulumi preview --stack dev
  $ kubectl get ksvc -A
  $ npx knflow env --json | jq -r .variables.KUBECONFIG`,
    )
    .action(env);
}

async function env({ stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const [{ commandProgress }, { openStack }, { clientTools }, { exportLines }, { toolFolders }] = await Promise.all([
    import("../logs.ts"),
    import("../stack.ts"),
    import("../../cluster/toolchain/index.ts"),
    import("../../console/shell.ts"),
    import("../environment.ts"),
  ]);
  const { toolchain, environment } = await openStack(stack, clientTools, commandProgress("env"));
  const variables = { ...environment };
  delete variables.PATH;
  const found = { path: toolFolders(toolchain), variables };
  print(json, found, ({ path }) => exportLines(variables, path));
}
