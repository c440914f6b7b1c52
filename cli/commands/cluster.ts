import { Command, InvalidArgumentError, Option } from "commander";
import type { UpOptions } from "../../cluster/embedded/index.ts";
import { parsePort } from "../../cluster/embedded/gateway-port.ts";
import { jsonOption } from "../options.ts";
import { print } from "../print.ts";

interface Named {
  name: string;
  json?: boolean;
}

export function command(): Command {
  return new Command("cluster")
    .summary("the embedded cluster: up, status, down, logs")
    .description(
      "The embedded cluster: a real Kubernetes on this Linux machine, made from package registries alone. Instances are " +
        "named and run beside each other.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow cluster up
  $ npx knflow cluster status --json
  $ npx knflow cluster logs kubelet --follow
  $ npx knflow cluster down --name other --purge`,
    )
    .addCommand(upCommand())
    .addCommand(statusCommand())
    .addCommand(downCommand())
    .addCommand(logsCommand());
}

function upCommand(): Command {
  return new Command("up")
    .description("Starts an instance, or completes it; what runs already stays as it is.")
    .addOption(nameOption())
    .option(
      "--gateway-port <port>",
      "the gateway's port on 127.0.0.1 (default: KNFLOW_GATEWAY_PORT, else the one it had, 8080 or a free one)",
      port,
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow cluster up
  $ npx knflow cluster up --name other --gateway-port 8081 --json | jq -r .gateway`,
    )
    .action(async ({ name, json, ...options }: Named & UpOptions) => {
      const [{ clusterUp }, { commandProgress }] = await Promise.all([
        import("../../cluster/embedded/index.ts"),
        import("../logs.ts"),
      ]);
      const instance = await clusterUp(name, commandProgress("cluster-up"), options);
      const { context, kubeconfig, gatewayLoopback: gateway } = instance;
      print(json, { name, gateway, context, kubeconfig }, () => {
        return `cluster ${name} is up; gateway ${gateway}, context ${context} in ${kubeconfig}\n`;
      });
    });
}

function statusCommand(): Command {
  return new Command("status")
    .description("Says what of an instance runs, and for how long. Exits with 0 where all of it runs, else with 1.")
    .addOption(nameOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow cluster status
  $ npx knflow cluster status --json | jq '.services[] | select(.running | not)'`,
    )
    .action(async ({ name, json }: Named) => {
      const [{ clusterStatus }, { describeStatus, isHealthy }] = await Promise.all([
        import("../../cluster/embedded/status.ts"),
        import("../cluster/status.ts"),
      ]);
      const status = await clusterStatus(name);
      print(json, status, describeStatus);
      process.exitCode = isHealthy(status) ? 0 : 1;
    });
}

function downCommand(): Command {
  return new Command("down")
    .description("Ends an instance and all its processes; its state stays for the next up.")
    .addOption(nameOption())
    .option("--purge", "remove its state too: workloads, images, code and stacks on it are lost", false)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ npx knflow cluster down
  $ npx knflow cluster down --name other --purge`,
    )
    .action(async ({ name, purge, json }: Named & { purge: boolean }) => {
      const [{ clusterDown }, { commandProgress }] = await Promise.all([
        import("../../cluster/embedded/index.ts"),
        import("../logs.ts"),
      ]);
      const wasThere = await clusterDown(name, { purge }, commandProgress("cluster-down"));
      const done = `cluster ${name} is down${purge ? " and its state is removed" : ""}`;
      print(json, { name, wasThere, purged: purge }, () => {
        return wasThere ? `${done}\n` : `there is no cluster ${name}: nothing was to be done\n`;
      });
    });
}

function logsCommand(): Command {
  return new Command("logs")
    .description("Prints the log of one service of an instance; names the services where none is given.")
    .argument("[service]", "such as kubelet")
    .addOption(nameOption())
    .option("-f, --follow", "go on as it grows, until Ctrl-C", false)
    .option("-n, --lines <number>", "how many of the last lines", lines, 200)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
With --json, each line is an object with service and line; where no service is given, it is one list of their names.

Examples:
  $ npx knflow cluster logs
  $ npx knflow cluster logs kubelet --follow`,
    )
    .action(async (service: string | undefined, options: Named & { follow: boolean; lines: number }) => {
      const { showLogs } = await import("../cluster/logs.ts");
      await showLogs(options.name, service, options);
    });
}

function nameOption(): Option {
  return new Option("--name <name>", "the instance").default("dev");
}

function lines(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be a number of lines");
}

function port(value: string): number {
  const parsed = parsePort(value);
  if (parsed === undefined) throw new InvalidArgumentError("It must be a port, 1 to 65535");
  return parsed;
}
