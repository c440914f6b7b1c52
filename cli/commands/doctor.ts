import { Command } from "commander";
import { jsonOption, stackOption } from "../options.ts";
import { print } from "../print.ts";

export function command(): Command {
  return new Command("doctor")
    .summary("what is missing or wrong, and how to mend it")
    .description(
      "Looks at what a stack stands on: tools, settings, cluster, storage and network, and at how its functions are. Whether the cluster's network enforces " +
        "NetworkPolicies is found by two short-lived Pods that try. Exits with 1 where there is a problem, else with 0.",
    )
    .addOption(stackOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow doctor
  $ npx knflow doctor --json | jq '.[] | select(.state != "ok")'`,
    )
    .action(doctor);
}

async function doctor({ stack, json }: { stack: string; json?: boolean }): Promise<void> {
  const [{ examine }, { describeFindings }] = await Promise.all([
    import("../doctor/examine.ts"),
    import("../doctor/finding.ts"),
  ]);
  const findings = await examine(stack);
  print(json, findings, describeFindings);
  process.exitCode = findings.some(({ state }) => state === "problem") ? 1 : 0;
}
