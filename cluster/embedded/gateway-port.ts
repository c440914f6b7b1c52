import { connect, createServer } from "node:net";
import { UserError } from "../../console/errors.ts";

/** Where 8080 is taken, the gateway's port is the first free one from here on. */
const [usual, others] = [8080, Array.from({ length: 100 }, (_, offset) => 18080 + offset)];

const setIt = "--gateway-port of `knflow cluster up`, or the variable KNFLOW_GATEWAY_PORT";

/** A port written in decimal, or undefined where it is none. */
export function parsePort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : undefined;
}

/** The port that `KNFLOW_GATEWAY_PORT` asks for. */
export function portFromEnvironment(): number | undefined {
  const text = process.env.KNFLOW_GATEWAY_PORT;
  if (!text) return undefined;
  const port = parsePort(text);
  if (port === undefined) throw new UserError(`KNFLOW_GATEWAY_PORT is "${text}"; it must be a port, 1 to 65535`);
  return port;
}

/**
 * @param wanted the port that the user asks for; the instance does not have it yet
 * @throws UserError where it is taken
 */
export async function checkPort(wanted: number, free = isFree): Promise<void> {
  if (await free(wanted)) return;
  throw new UserError(
    `port ${wanted} on 127.0.0.1, asked for as the gateway's, is taken by another program; end that program ` +
      `(\`ss -ltnp 'sport = :${wanted}'\` names it) or choose another port (${setIt})`,
  );
}

/**
 * The port for an instance that does not run.
 *
 * @param wanted the port that the user asks for; undefined: the recorded one, 8080, or one that is free
 * @param reserved ports of other instances, which may not run now
 */
export async function choosePort(
  wanted: number | undefined,
  recorded: number | undefined,
  reserved: ReadonlySet<number>,
  free = isFree,
): Promise<number> {
  if (wanted !== undefined) {
    await checkPort(wanted, free);
    return wanted;
  }
  if (recorded !== undefined && (await free(recorded))) return recorded;
  for (const port of [usual, ...others]) if (!reserved.has(port) && (await free(port))) return port;
  throw new UserError(
    `no port for the gateway is free on 127.0.0.1: ${usual} and ${others[0]} to ${others.at(-1)} are all taken; ` +
      `choose another one (${setIt})`,
  );
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether somebody answers on a port of the host's loopback. */
export async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: 2000 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
