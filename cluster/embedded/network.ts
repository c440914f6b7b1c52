import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../console/errors.ts";
import { withLock } from "../toolchain/lock.ts";
import { choosePort } from "./gateway-port.ts";
import { instancesDir, layoutOf, type Layout } from "./layout.ts";

/** What joins an instance's node to the host. */
export interface Network {
  /** Which /30 of 10.200.0.0/16 the instance has, 0 to 16383. */
  readonly index: number;
  /** The host's end of the pair of interfaces. */
  readonly hostInterface: string;
  readonly hostIp: string;
  readonly nodeIp: string;
  /** The port on the host's loopback that leads to the gateway. */
  readonly gatewayPort: number;
}

/** The comment by which the host's iptables rules of an instance are known. */
export function ruleComment(name: string): string {
  return `knflow-cluster-${name}`;
}

/** The addresses of the /30 with this index out of 10.200.0.0/16. */
export function addressesOf(index: number): Omit<Network, "gatewayPort"> {
  const first = index * 4;
  const address = (offset: number) => `10.200.${(first + offset) >> 8}.${(first + offset) & 255}`;
  return { index, hostInterface: `knflow${index}`, hostIp: address(1), nodeIp: address(2) };
}

/**
 * The lowest index that no instance has and that no route of the host touches.
 *
 * @param routes destinations as `ip route` tells them, such as `10.200.0.0/30`, `10.200.0.1` or `default`
 */
export function freeIndex(taken: ReadonlySet<number>, routes: readonly string[]): number {
  const used = routes.map(rangeOf).filter((range) => range !== undefined);
  for (let index = 0; index < 16384; index += 1) {
    const first = base + index * 4;
    if (!taken.has(index) && !used.some(([from, to]) => from <= first + 3 && to >= first)) return index;
  }
  throw new UserError(
    "no free address range is left in 10.200.0.0/16: a route of this machine covers it, or too many instances have " +
      "their ranges there (see `ip route`); take the route away, or purge instances with `knflow cluster down --purge`",
  );
}

const base = ((10 << 24) | (200 << 16)) >>> 0;

function rangeOf(destination: string): [number, number] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(destination);
  if (!match) return undefined;
  const [a, b, c, d] = match.slice(1, 5).map(Number) as [number, number, number, number];
  const bits = match[5] === undefined ? 32 : Number(match[5]);
  const size = 2 ** (32 - bits);
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const from = address - (address % size);
  return [from, from + size - 1];
}

/** The instance's network as recorded; undefined where none was chosen yet, or a crash cut the record short. */
export function readNetwork(layout: Layout): Network | undefined {
  try {
    return JSON.parse(readFileSync(layout.network, "utf8")) as Network;
  } catch {
    return undefined;
  }
}

/**
 * The instance's network: as recorded, or chosen now. The gateway's port is the recorded one where it is still free.
 *
 * @param wantedPort the port that the user asks for; undefined: 8080, or a free one where that is taken
 */
export async function chooseNetwork(layout: Layout, wantedPort: number | undefined): Promise<Network> {
  return withLock(
    join(instancesDir(), ".addresses.lock"),
    () => undefined,
    async () => {
      const recorded = readNetwork(layout);
      const index = recorded?.index ?? freeIndex(takenIndexes(), await hostRoutes());
      const reserved = new Set(otherNetworks(layout.name).map((other) => other.gatewayPort));
      const gatewayPort = await choosePort(wantedPort, recorded?.gatewayPort, reserved);
      const network: Network = { ...addressesOf(index), gatewayPort };
      writeFileSync(`${layout.network}.partial`, `${JSON.stringify(network, undefined, 2)}\n`);
      renameSync(`${layout.network}.partial`, layout.network);
      return network;
    },
  );
}

function takenIndexes(): Set<number> {
  return new Set(otherNetworks(undefined).map((network) => network.index));
}

function otherNetworks(except: string | undefined): Network[] {
  return readdirSync(instancesDir(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== except)
    .map((entry) => readNetwork(layoutOf(entry.name)))
    .filter((network) => network !== undefined);
}

async function hostRoutes(): Promise<string[]> {
  const { stdout } = await execa("ip", ["-4", "-json", "route", "show", "table", "all"]);
  return (JSON.parse(stdout) as { dst: string }[]).map((route) => route.dst);
}

/** Takes away what joins the host to an instance's node: the interface and the rules. Does nothing where there is none. */
export async function removeFromHost(name: string, network: Network | undefined): Promise<void> {
  if (network) await execa("ip", ["link", "delete", network.hostInterface], { reject: false });
  for (const table of ["nat", "filter"]) {
    const { stdout } = await execa("iptables", ["-w", "-t", table, "-S"], { reject: false });
    for (const rule of rulesWithComment(stdout, ruleComment(name)))
      await execa("iptables", ["-w", "-t", table, "-D", ...rule], { reject: false });
  }
}

/** The rules that carry this comment, each as the arguments that follow `iptables -D`. */
export function rulesWithComment(listing: string, comment: string): string[][] {
  return listing
    .split("\n")
    .map((line) => line.split(" ").map((word) => word.replace(/^"(.*)"$/, "$1")))
    .filter((words) => words[0] === "-A" && words[words.indexOf("--comment") + 1] === comment)
    .map((words) => words.slice(1));
}
