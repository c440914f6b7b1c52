import { checkPort, portFromEnvironment } from "./gateway-port.ts";
import { layoutOf } from "./layout.ts";
import { readNetwork } from "./network.ts";
import { nodeProcess } from "./node-process.ts";
import { checkName, checkPlatform, checkResources } from "./preconditions.ts";

/**
 * Looks at what would stop `clusterUp` in the end, so that it is said before anything is installed or built for it.
 *
 * @param gatewayPort as in `UpOptions`
 * @throws UserError where this machine cannot run the instance, or not on that port
 */
export async function checkAhead(name: string, gatewayPort = portFromEnvironment()): Promise<void> {
  checkName(name);
  checkPlatform();
  const layout = layoutOf(name);
  const running = nodeProcess(layout) !== undefined;
  if (!running) checkResources(layout);
  const has = running ? readNetwork(layout)?.gatewayPort : undefined;
  if (gatewayPort !== undefined && gatewayPort !== has) await checkPort(gatewayPort);
}
