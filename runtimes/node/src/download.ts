import { createHash } from "node:crypto";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { getSystemErrorMessage } from "node:util";
import { LoadError } from "./errors.ts";
import { downloads, pauses } from "./retry.ts";

/** Room for the largest tree that may be packed (256 MiB, 10,000 files) with its headers. */
const largestArchive = 288 * 1024 * 1024;
const connectTimeout = 3000;
/** Milliseconds without a byte after which an attempt is given up. */
const stall = 5000;

/** A fault that may pass: the attempt is made again. */
class Transient extends Error {}

/**
 * Downloads the archive: one GET, bounded in size and time, compared with its sha256, no redirects.
 *
 * @param milliseconds how long all attempts may take together
 * @param retried told of each failed attempt: the reason, and the pause in seconds before the next one
 * @throws LoadError with the reason
 */
export async function download(
  address: string,
  sha256: string,
  milliseconds: number,
  retried: (reason: string, pause: number) => void,
): Promise<Buffer> {
  const deadline = performance.now() + milliseconds;
  let attempts = 0;
  let reason = "";
  for (const pause of pauses(downloads)) {
    attempts += 1;
    try {
      return checked(address, sha256, await attempt(address, deadline));
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      reason = error.message;
    }
    if (performance.now() + pause >= deadline) break;
    retried(reason, pause / 1000);
    await sleep(pause);
  }
  const tried = `${attempts} attempts in ${Math.round(milliseconds / 1000)} s`;
  throw new LoadError("DownloadError", `${address}: ${reason} (${tried})`);
}

function checked(address: string, sha256: string, archive: Buffer): Buffer {
  const digest = createHash("sha256").update(archive).digest("hex");
  if (digest === sha256) return archive;
  throw new LoadError(
    "ChecksumError",
    `${address} has sha256 ${digest}, but ${sha256} is expected: the stored archive is damaged or is another one`,
  );
}

function attempt(address: string, deadline: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/zip", "user-agent": "knflow-runtime", connection: "close" };
    const request = get(address, { headers, agent: false });
    const giveUp = (reason: string) => {
      reject(new Transient(reason));
      request.destroy();
    };
    // A stall is measured from byte to byte, the connection and the whole by the clock. Node warns of a time that is over.
    const left = Math.max(0, deadline - performance.now());
    const late = setTimeout(() => giveUp("the time for the download is used up"), left);
    const connecting = setTimeout(() => giveUp(`no connection to ${hostOf(address)}: timed out`), connectTimeout);
    request.setTimeout(stall, () => giveUp("the file server stopped sending"));
    request.once("socket", (socket) => socket.once("connect", () => clearTimeout(connecting)));
    request.once("close", () => {
      clearTimeout(late);
      clearTimeout(connecting);
    });
    let replied = false;
    request.on("error", (error) => {
      if (!replied) reject(new Transient(connectionFault(address, error)));
    });
    request.once("response", (response) => {
      replied = true;
      read(address, response).then(resolve, (error: Error) => {
        reject(error);
        request.destroy();
      });
    });
  });
}

async function read(address: string, response: IncomingMessage): Promise<Buffer> {
  const size = checkedSize(address, response);
  const archive = Buffer.allocUnsafeSlow(size);
  let received = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      archive.set(chunk, received);
      received += chunk.length;
    }
  } catch {
    // Said below: it is shorter than it was to be.
  }
  if (received < size) throw new Transient(`the download was cut off after ${received} of ${size} bytes`);
  return archive;
}

/** The size of the body, if the reply is one that may be read at all. */
function checkedSize(address: string, { statusCode: status = 0, headers }: IncomingMessage): number {
  const refusal = (why: string) => new LoadError("DownloadError", `${address} ${why}`);
  if (status >= 500) throw new Transient(`the file server answered ${status}`);
  if (status >= 300 && status < 400) throw refusal(`answered ${status}: redirects are not followed`);
  if (status === 404) throw refusal("answered 404: the archive is not on the code volume");
  if (status !== 200) throw refusal(`answered ${status}, but 200 is expected`);
  const length = headers["content-length"];
  if (length === undefined || headers["transfer-encoding"] || headers["content-encoding"]) {
    throw refusal("answered without a plain Content-Length");
  }
  if (Number(length) > largestArchive) throw refusal(`has ${length} bytes; at most ${largestArchive} are allowed`);
  return Number(length);
}

function connectionFault(address: string, error: NodeJS.ErrnoException): string {
  if (error.syscall !== "connect" && error.syscall !== "getaddrinfo") return `the connection broke: ${error.message}`;
  // Node says ECONNREFUSED in words of the system only when it is asked.
  const words = error.errno === undefined ? error.message : getSystemErrorMessage(error.errno);
  return `no connection to ${hostOf(address)}: ${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function hostOf(address: string): string {
  const { hostname, port } = new URL(address);
  return `${hostname}:${port || 80}`;
}
