import { Agent, request, type Dispatcher } from "undici";

/** Headers by which a run is followed from call to call. */
export interface TraceHeaders {
  readonly "x-knflow-run-id": string;
  readonly traceparent: string;
  readonly tracestate?: string;
  /** How many calls from functions' code the run is inside of; handed on, so that loops through workflows end too. */
  readonly "x-knflow-depth"?: string;
}

export interface Request {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer that is not read to its end. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

/**
 * Keeps connections open between calls: a new one for every step would cost more than the step.
 *
 * @param silence milliseconds without a byte after which a call is given up; 0 for as long as its signal lets it
 */
export function newAgent(silence: number): Agent {
  return new Agent({
    connections: 256,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: silence,
    bodyTimeout: silence,
  });
}

/**
 * Sends a request and reads the answer.
 *
 * @param largest bytes that the answer's body may have
 * @throws AnswerTooLarge, or what the connection says
 */
export async function exchange(
  address: string,
  { method, headers, body, signal }: Request,
  dispatcher: Dispatcher,
  largest: number,
): Promise<Answer> {
  const response = await request(address, {
    method: method,
    dispatcher,
    headers,
    body: body ?? null,
    signal,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    // Leaving the loop closes the connection.
    if (size > largest) throw new AnswerTooLarge(`answered more than ${largest} bytes`);
    chunks.push(chunk);
  }
  const given = Object.entries(response.headers).map(([name, value]): [string, string] => [
    name,
    [value ?? ""].flat().join(", "),
  ]);
  return { status: response.statusCode, headers: Object.fromEntries(given), body: Buffer.concat(chunks) };
}
