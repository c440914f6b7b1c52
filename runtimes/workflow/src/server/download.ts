import { setTimeout as pause } from "node:timers/promises";
import { errors, request } from "undici";
import { LoadError } from "./load-error.ts";

/** An archive with a definition holds little; more is a mistake or an attack. */
const largestArchive = 16 * 1024 * 1024;
/** The attempts together; outlives a restart of the file server. Kubernetes then starts the container again. */
const longestDownload = 30;
const firstPause = 50;
const longestPause = 2000;
/** Milliseconds without a byte after which an attempt is given up. */
const stall = 5000;

/** A fault that may pass: the attempt is made again. */
class Transient extends Error {}

/**
 * Downloads a small file; what may pass is tried again with growing pauses.
 *
 * @param seconds how long all attempts may take together
 * @param retried told of each failed attempt
 * @throws LoadError with the reason
 */
export async function download(address: string, seconds: number, retried: (reason: string) => void): Promise<Buffer> {
  const budget = Math.min(seconds, longestDownload);
  const end = performance.now() + budget * 1000;
  const signal = AbortSignal.timeout(budget * 1000);
  let wait = firstPause;
  for (let attempts = 1; ; attempts++) {
    let reason: string;
    try {
      return await attempt(address, signal);
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      reason = error.message;
    }
    // Half of a pause is random: pods that start together must not ask again together.
    const delay = wait * (1 - Math.random() / 2);
    if (performance.now() + delay >= end) {
      throw new LoadError("DownloadError", `${address}: ${reason} (${attempts} attempts in ${Math.round(budget)} s)`);
    }
    retried(reason);
    await pause(delay);
    wait = Math.min(wait * 2, longestPause);
  }
}

async function attempt(address: string, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await request(address, { signal, headersTimeout: stall, bodyTimeout: stall, reset: true });
    const size = checkedSize(address, response.statusCode, response.headers);
    return await read(response.body, size);
  } catch (error) {
    if (error instanceof LoadError || error instanceof Transient) throw error;
    if (signal.aborted) throw new Transient("the time for the download is used up");
    if (error instanceof errors.BodyTimeoutError || error instanceof errors.HeadersTimeoutError) {
      throw new Transient("the file server stopped sending");
    }
    throw new Transient(`the connection failed: ${(error as Error).message}`);
  }
}

function checkedSize(address: string, status: number, headers: Record<string, string | string[] | undefined>): number {
  const refuse = (why: string) => new LoadError("DownloadError", `${address} ${why}`);
  if (status >= 500) throw new Transient(`the file server answered ${status}`);
  if (status >= 300 && status < 400) throw refuse(`answered ${status}: redirects are not followed`);
  if (status === 404) throw refuse("answered 404: the archive is not on the code volume");
  if (status !== 200) throw refuse(`answered ${status}, but 200 is expected`);
  const length = headers["content-length"];
  if (typeof length !== "string" || headers["transfer-encoding"] || headers["content-encoding"]) {
    throw refuse("answered without a plain Content-Length");
  }
  const size = Number(length);
  if (size > largestArchive) throw refuse(`has ${size} bytes; at most ${largestArchive} are allowed`);
  return size;
}

async function read(body: AsyncIterable<Buffer>, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      received += chunk.byteLength;
    }
  } catch (error) {
    if (error instanceof errors.BodyTimeoutError || (error as Error).name === "TimeoutError") throw error;
    throw new Transient(`the download was cut off after ${received} of ${size} bytes`);
  }
  return Buffer.concat(chunks);
}
