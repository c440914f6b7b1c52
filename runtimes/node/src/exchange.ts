import { Agent, request } from "node:http";

/** What comes back from another function or a workflow. */
export interface Answer {
  readonly status: number;
  /** Empty where the answer has none. */
  readonly runId: string;
  readonly body: Buffer;
}

/** An answer that is not read to its end. */
export class AnswerTooLarge extends Error {}

/** Shorter than anyone on the other side keeps a connection that nobody uses. */
const idle = 30_000;
const agent = new Agent({ keepAlive: true, timeout: idle });

/**
 * Posts JSON and reads the answer, over connections that are kept open. `node:http` is what the runtime has loaded already;
 * fetch would take 20 ms more.
 *
 * @param largest bytes that the answer's body may have
 * @throws AnswerTooLarge, or what the connection or the signal says
 */
export async function post(
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
  largest: number,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = { "content-length": String(Buffer.byteLength(body)) };
  const sent = request(address, { method: "POST", agent, headers: { ...headers, ...length }, signal });
  sent.once("error", reject);
  sent.once("response", (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= largest) return void chunks.push(chunk);
      response.destroy();
      reject(new AnswerTooLarge());
    });
    response.once("error", reject);
    response.once("end", () => {
      const runId = response.headers["x-knflow-run-id"];
      const status = response.statusCode ?? 0;
      resolve({ status, runId: typeof runId === "string" ? runId : "", body: Buffer.concat(chunks) });
    });
  });
  sent.end(body);
  return promise;
}
