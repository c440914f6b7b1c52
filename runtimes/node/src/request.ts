import { isUtf8 } from "node:buffer";
import { badRequest, RequestError } from "./errors.ts";

/** Arrays and objects inside each other: far beyond real data, and well below what overflows a parser's stack. */
const deepest = 256;
/** Digits without an exponent that a number beyond a double's has at least, which JSON.parse makes Infinity. */
const manyDigits = 200;
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
  if (isDeeper(body)) throw badRequest(`the body is nested deeper than ${deepest}`);
  try {
    // A second pass over all values, so only where it may find something.
    if (mayHoldLarge(body, text)) JSON.parse(text, refuseInfinity);
    return JSON.parse(text) as unknown;
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

/** Whether a number in a body may be beyond a double's. A pattern for that would try each digit anew. */
function mayHoldLarge(body: Buffer, text: string): boolean {
  let digits = 0;
  for (const byte of body) {
    digits = byte >= 0x30 && byte <= 0x39 ? digits + 1 : 0;
    if (digits === manyDigits) return true;
  }
  return /[eE]\+?\d\d/.test(text);
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new RangeError("a number is too large");
  return value;
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

/** Whether there are more than `deepest` arrays and objects inside each other. */
function isDeeper(body: Buffer): boolean {
  if (body.length <= deepest) return false;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    switch (body[at]) {
      case 0x22: // a text: what is in it does not count
        at = endOfText(body, at);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return false;
}

/** Where the text that starts at `start` ends. */
function endOfText(body: Buffer, start: number): number {
  for (let at = start; ;) {
    at = body.indexOf(0x22, at + 1);
    if (at < 0) return body.length;
    let slashes = 0;
    while (body[at - 1 - slashes] === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
}
