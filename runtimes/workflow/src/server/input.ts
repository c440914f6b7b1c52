import type { IncomingMessage } from "node:http";
import { deepest, isTooDeep, parseBody } from "../json/body.ts";

/** A request that is answered without a run. */
export class RequestError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/**
 * The input of a run: the body of a POST, or the fields of a GET's query as strings.
 *
 * @throws RequestError
 */
export async function readInput(request: IncomingMessage, query: string, largest: number): Promise<unknown> {
  if (request.method === "GET") return inputOfQuery(query);
  const body = await readBody(request, largest);
  if (body.length === 0) return {};
  checkContentType(request.headers["content-type"] ?? "");
  const text = decode(body, "the body is not UTF-8");
  if (isTooDeep(body)) throw bad(`the body is nested deeper than ${deepest}`);
  try {
    return parseBody(body, text);
  } catch (error) {
    throw bad(`the body is not JSON: ${(error as Error).message}`);
  }
}

/** What is over the limit is read to its end and thrown away: who still sends would not see an answer. */
async function readBody(request: IncomingMessage, largest: number): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largest) chunks = [];
    else chunks.push(chunk);
  }
  if (size > largest) throw new RequestError(413, "PayloadTooLarge", `the body is larger than ${largest} bytes`);
  return Buffer.concat(chunks);
}

function inputOfQuery(query: string): Record<string, string> {
  try {
    // URLSearchParams would replace what is no UTF-8.
    decodeURIComponent(query.replaceAll("+", " "));
  } catch {
    throw bad("the query is not UTF-8");
  }
  return Object.fromEntries(new URLSearchParams(query));
}

function checkContentType(value: string): void {
  const [kind = "", ...parameters] = value.split(";").map((part) => part.trim().toLowerCase());
  if (kind !== "" && !/^application\/(json|.*\+json)$/.test(kind)) {
    throw bad(`the content type is '${kind}'; send application/json`);
  }
  const other = parameters.find((parameter) => !/^(charset="?utf-?8"?)?$/.test(parameter));
  if (other !== undefined) throw bad(`the content type's parameter is ${other}; only UTF-8 is read`);
}

function decode(body: Buffer, otherwise: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw bad(otherwise);
  }
}

function bad(message: string): RequestError {
  return new RequestError(400, "BadRequest", message);
}
