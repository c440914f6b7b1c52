import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../console/errors.ts";
import { layoutOf } from "./layout.ts";
import { checkName } from "./preconditions.ts";

/** The services of an instance that have a log, `node` (the node's own start) among them. */
export async function loggedServices(name: string): Promise<string[]> {
  checkName(name);
  const { logs } = layoutOf(name);
  if (!existsSync(logs)) return [];
  const entries = await readdir(logs, { withFileTypes: true });
  return ["node", ...entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)].sort();
}

/**
 * The file that a service's log goes to now. It is renamed when it is full and begun anew, so who follows it must
 * follow the name (`tail -F`).
 *
 * @throws UserError where there is no such service
 */
export async function serviceLogFile(name: string, service: string): Promise<string> {
  const services = await loggedServices(name);
  if (services.length === 0)
    throw new UserError(`no instance "${name}" has been started; start it with: knflow cluster up --name ${name}`);
  if (!services.includes(service))
    throw new UserError(`no service "${service}" in instance "${name}"; it has: ${services.join(", ")}`);
  const { logs, nodeLog } = layoutOf(name);
  return service === "node" ? nodeLog : join(logs, service, "current");
}
