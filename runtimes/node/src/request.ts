import { isUtf8 } from "node:buffer";
import { deepest, isTooDeep, parseBody } from "../../workflow/src/json/body.ts";
import { badRequest, RequestError } from "./errors.ts";

const mostQueryFields = 1000;

/**
 * The event that a POST carries. An empty body is an empty event.
 *
 * @throws RequestError
 */
export function eventOfBody(contentType: string | undefined, body: Buffer): unknown {
  if (body.length === 0) return {};
  if (contentType !== "application/json") checkContentType(contentType ?? "");
  if (!isUtf8(body)) throw badRequest("the body is not UTF-8");
  const text = body.toString();
  if (isTooDeep(body)) throw badRequest(`the body is nested deeper than ${deepest}`);
  try {
    return parseBody(body, text);
  } catch (error) {
    // A piece of the body that V8 cuts out may be half a secret, which nobody could find any more.
    const reason = (error as Error).message.replace(/,? ?(\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, "");
    throw badRequest(`the body is not JSON: ${reason || "it is no value"}`);
  }
}

/**
 * The event that a GET carries: its query's fields as strings; of a repeated field the last one counts.
 *
 * @throws RequestError
 */
export function eventOfQuery(query: string): Record<string, string> {
  // URLSearchParams would replace what is no UTF-8.
  if (/[^\x21-\x7e]/.test(query) || !isUtf8(bytesOf(query)) || query.split("&").length > mostQueryFields) {
    throw badRequest(`the query is not UTF-8 or has more than ${mostQueryFields} fields`);
  }
  return Object.fromEntries(new URLSearchParams(query));
}

function bytesOf(query: string): Buffer {
  const byte = (escaped: string) => String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return Buffer.from(query.replace(/%[0-9a-f]{2}/gi, byte), "latin1");
}

export function tooLarge(limit: number): RequestError {
  return new RequestError(413, "PayloadTooLarge", `the body is larger than ${limit} bytes`);
}

function checkContentType(value: string): void {
  const [kind = "", ...parameters] = value.split(";").map((part) => part.replace(/^[ \t]+|[ \t]+$/g, "").toLowerCase());
  if (kind !== "" && !/^application\/(json|.*\+json)$/.test(kind)) {
    throw badRequest(`the content type is '${kind}'; send application/json`);
  }
  const other = parameters.find((parameter) => !/^(charset="?utf-?8"?)?$/.test(parameter));
  if (other !== undefined) throw badRequest(`the content type's parameter is '${other}'; only UTF-8 is read`);
}
