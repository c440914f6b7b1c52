import { everySelector } from "../invoke/target.ts";
import type { Kubectl } from "../kubectl.ts";
import { readStatuses } from "../status/read-statuses.ts";
import type { ServiceStatus } from "../status/service-status.ts";
import type { Finding } from "./finding.ts";

/** Whether the stack's functions and workflows can serve. */
export async function functionsFinding(kubectl: Kubectl, stack: string): Promise<Finding> {
  return judgeFunctions(await readStatuses(kubectl, everySelector), stack);
}

/** What is to be said of how services stand; one that scales from zero is ready without a Pod. */
export function judgeFunctions(statuses: readonly Pick<ServiceStatus, "name" | "state">[], stack: string): Finding {
  const finding = { area: "functions", name: "services" } as const;
  const broken = statuses.filter(({ state }) => state === "not ready").map(({ name }) => name);
  if (broken.length === 0) return { ...finding, state: "ok", seen: told(statuses) };
  const fix = `"npx knflow status --stack ${stack}" says why, and what serves meanwhile`;
  return { ...finding, state: "problem", seen: `not ready: ${broken.join(", ")}`, fix };
}

function told(statuses: readonly Pick<ServiceStatus, "state">[]): string {
  const updating = statuses.filter(({ state }) => state === "updating").length;
  if (statuses.length === 0) return "nothing is deployed";
  return `${statuses.length} deployed${updating === 0 ? "" : `, ${updating} of them updating`}`;
}
