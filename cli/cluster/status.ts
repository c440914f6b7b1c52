import type { ClusterStatus } from "../../cluster/embedded/status.ts";
import { formatDuration } from "../../console/duration.ts";
import { displayPath } from "../../console/plain-text.ts";
import { table } from "../../console/table.ts";

/** Whether all of an instance runs. */
export function isHealthy({ state, nodeReady, services }: ClusterStatus): boolean {
  return state === "running" && nodeReady === true && services.every(({ running }) => running);
}

/** What `knflow cluster status` says to people. */
export function describeStatus(status: ClusterStatus, now = Date.now()): string {
  const { name, state, nodeReady, services, instance } = status;
  if (state !== "running") {
    const what = state === "absent" ? "is not there" : "is stopped; its state is kept";
    return `cluster ${name} ${what}; "npx knflow cluster up --name ${name}" starts it\n`;
  }
  const node = nodeReady === undefined ? "Kubernetes does not answer" : nodeReady ? "node ready" : "node not ready";
  const rows = [...services]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name: service, running, since, restarts, pid }) => [
      service,
      running ? "running" : "not running",
      since === undefined ? "" : formatDuration(now - Date.parse(since)),
      String(restarts),
      pid === undefined ? "" : String(pid),
    ]);
  const places =
    instance === undefined
      ? []
      : [
          ["gateway", instance.gatewayLoopback],
          ["kubeconfig", displayPath(instance.kubeconfig)],
        ];
  const parts = [
    `cluster ${name} is running, ${node}\n`,
    table([["SERVICE", "STATE", "FOR", "RESTARTS", "PID"], ...rows], "  "),
    table(places, "  "),
  ];
  return parts.filter((part) => part !== "").join("\n");
}
