import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { unzipSync } from "fflate";
import { request } from "undici";

/** An archive with a definition holds little; more is a mistake or an attack. */
const largestArchive = 16 * 1024 * 1024;
/** Bounded, with a growing pause: a file server that restarts is back within seconds. */
const pauses = [100, 300, 1000, 3000, 5000];

/** Where the definition's archive is, and what it must be. */
export interface CodeLocation {
  /** The file server, ending in `/data/`. */
  readonly origin: string;
  readonly object: string;
  readonly sha256: string;
}

/**
 * Downloads the archive, checks it and takes the definition out of it.
 *
 * @throws Error with the reason, where there is no such archive or it is not the one that was meant
 */
export async function downloadDefinition(location: CodeLocation): Promise<string> {
  if (!/^[0-9a-f]{64}$/.test(location.sha256))
    throw new Error(`KNFLOW_CODE_SHA256 must be 64 hexadecimal digits, but is ${JSON.stringify(location.sha256)}`);
  const archive = await download(new URL(location.object, location.origin).href);
  const digest = createHash("sha256").update(archive).digest("hex");
  if (digest !== location.sha256)
    throw new Error(`${location.object} has the sha256 ${digest}, expected ${location.sha256}`);
  const files = unzipSync(archive, {
    filter: (file) => file.name === "workflow.yaml" && file.originalSize <= largestArchive,
  });
  const definition = files["workflow.yaml"];
  if (definition === undefined) throw new Error(`${location.object} has no workflow.yaml`);
  return new TextDecoder("utf-8", { fatal: true }).decode(definition);
}

async function download(address: string): Promise<Buffer> {
  for (const pause of pauses) {
    try {
      return await attempt(address);
    } catch (error) {
      if (error instanceof Refused) throw error;
      await delay(pause * (0.75 + Math.random() / 2));
    }
  }
  return attempt(address);
}

/** An answer that another attempt would not change. */
class Refused extends Error {}

async function attempt(address: string): Promise<Buffer> {
  const response = await request(address, { signal: AbortSignal.timeout(10_000) });
  if (response.statusCode >= 500) throw new Error(`${address} answered ${response.statusCode}`);
  if (response.statusCode !== 200) throw new Refused(`${address} answered ${response.statusCode}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largestArchive) throw new Refused(`${address} gives more than ${largestArchive} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
