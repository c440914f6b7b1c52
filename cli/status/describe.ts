import { paint } from "../../console/colour.ts";
import { shortDigest } from "../../console/digest.ts";
import { formatDuration } from "../../console/duration.ts";
import { table } from "../../console/table.ts";
import { workflowOf } from "../invoke/target.ts";
import type { ServiceStatus } from "./service-status.ts";

const colours = { ready: "green", updating: "yellow", "not ready": "red" } as const;

/** What `knflow status` says to people. */
export function describeServices(statuses: readonly ServiceStatus[], now = Date.now()): string {
  if (statuses.length === 0) return "nothing is deployed\n";
  const workflows = new Set(statuses.map(({ name }) => name).filter((name) => !name.includes("/")));
  const rows = statuses.map(({ name, state, traffic, digest, pods, deployedAt }) => [
    // A function may be there without its workflow, whose first update failed.
    workflows.has(workflowOf(name)) && name.includes("/") ? `  ${name.slice(name.indexOf("/") + 1)}` : name,
    paint(colours[state], state),
    traffic.map(({ revision, percent }) => (percent === 100 ? revision : `${revision} ${percent}%`)).join(", ") ||
      "none",
    digest === undefined ? "" : shortDigest(digest),
    `${pods.ready} of ${pods.min}-${pods.max === 0 ? "any" : pods.max}`,
    deployedAt === undefined ? "" : `${formatDuration(now - Date.parse(deployedAt))} ago`,
  ]);
  const reasons = statuses.flatMap(({ name, state, reason, traffic }) =>
    state === "ready" || reason === undefined ? [] : [`${name} is ${state}: ${reason}${served(traffic)}`],
  );
  return [
    table([["WORKFLOW / FUNCTION", "STATE", "SERVING", "DIGEST", "PODS", "DEPLOYED"], ...rows]),
    ...reasons.map((reason) => `\n${reason}\n`),
  ].join("");
}

/** An update that fails is no outage: the Revision before serves. */
function served(traffic: ServiceStatus["traffic"]): string {
  return traffic.length === 0 ? "" : `\nrequests go to ${traffic.map(({ revision }) => revision).join(" and ")}`;
}
