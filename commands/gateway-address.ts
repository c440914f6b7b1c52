import { isIPv6 } from "node:net";
import { UserError } from "../console/errors.ts";
import { kubectl, required, runCommand } from "./kubectl.ts";

/** Prints the address that the cluster's load balancer gave to Kourier's gateway. Run by a command resource. */
await runCommand(async () => {
  const seconds = required("KNFLOW_READY_TIMEOUT_SECONDS");
  const address = "{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}";
  const gateway = ["-n", "kourier-system", "service/kourier"];
  const advice =
    "where no load balancer gives one, set knflow:externalIp to an address of a node, or knflow:gatewayUrl to where it is reached";
  const wait = ["wait", "--for=jsonpath={.status.loadBalancer.ingress}", `--timeout=${seconds}s`];
  const waited = await kubectl([...wait, ...gateway]);
  if (waited.failed) throw new UserError(`Kourier's gateway has no address (${waited.stderr.trim()}); ${advice}`);
  const found = await kubectl(["get", ...gateway, "-o", `jsonpath=${address}`]);
  const host = found.stdout;
  if (found.failed || host === "")
    throw new UserError(`the address of Kourier's gateway cannot be read (${found.stderr.trim()}); ${advice}`);
  process.stdout.write(`http://${isIPv6(host) ? `[${host}]` : host}`);
});
