import { validateHeaderName, validateHeaderValue } from "node:http";
import { messageOf } from "./faults.ts";
import { jsonOf } from "./json.ts";
import { redactor } from "./redact.ts";

/** What a client gets, besides the run id. */
export interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  /** Names in lower case. Without a content type it is JSON. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** The body is JSON that this runtime has written. */
  readonly isJson: boolean;
}

/** The handler's value has no form that could be sent. */
export class InvalidOutput extends Error {}

/** What belongs to the connection or to the runtime, and is no business of a handler. */
const ownHeaders = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|x-knflow-.*)$/;
export const noHeaders: Reply["headers"] = {};

/**
 * The reply that a handler's value makes: JSON, unless it is a reply itself, a Response or the shape of AWS's proxies.
 *
 * @throws InvalidOutput
 */
export function replyOf(value: unknown): Reply | Promise<Reply> {
  if (typeof value === "object" && value !== null) {
    if (isResponse(value)) return replyOfResponse(value);
    if ("statusCode" in value && isProxyReply(value)) return replyOfProxy(value);
  }
  return { status: 200, body: outputJson(value), headers: noHeaders, isJson: true };
}

export function errorReply(status: number, type: string, message: string, id: string, exception?: string): Reply {
  return {
    status,
    body: JSON.stringify({ error: { type, message: redactor.text(message), id, exception } }),
    headers: noHeaders,
    isJson: true,
  };
}

/** Known by its shape: to name the class would load all of Node's fetch. */
function isResponse(value: object): value is Response {
  return Object.prototype.toString.call(value) === "[object Response]" && "arrayBuffer" in value;
}

async function replyOfResponse(response: Response): Promise<Reply> {
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  return checked(response.status, headers, Buffer.from(await response.arrayBuffer()));
}

interface ProxyReply {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly unknown[]>> | null;
  readonly cookies?: readonly unknown[] | null;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

/** An object with a status code and nothing that a reply does not have: anything else is a value. */
function isProxyReply(value: object): value is ProxyReply {
  const known = ["statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded"];
  return typeof (value as ProxyReply).statusCode === "number" && Object.keys(value).every((key) => known.includes(key));
}

function replyOfProxy(value: ProxyReply): Reply {
  const { statusCode, body } = value;
  const tables = [value.headers ?? {}, value.multiValueHeaders ?? {}];
  if (!tables.every((one) => typeof one === "object")) {
    throw new InvalidOutput("the handler's reply has headers that are no object of texts");
  }
  if (!Object.values(value.multiValueHeaders ?? {}).every(Array.isArray)) {
    throw new InvalidOutput("the handler's reply has multiValueHeaders that are no object of lists");
  }
  const cookies: unknown = value.cookies ?? [];
  if (!Array.isArray(cookies)) throw new InvalidOutput("the handler's reply has cookies that are no list of texts");
  const headers: Record<string, string | string[]> = {};
  for (const [name, one] of Object.entries(value.headers ?? {})) headers[name.toLowerCase()] = String(one);
  for (const [name, many] of Object.entries(value.multiValueHeaders ?? {})) {
    headers[name.toLowerCase()] = many.map(String);
  }
  if (cookies.length > 0) headers["set-cookie"] = cookies.map(String);
  if (body === undefined || body === null) return checked(statusCode, headers, "");
  if (typeof body !== "string") return checked(statusCode, headers, outputJson(body));
  return checked(statusCode, headers, value.isBase64Encoded === true ? Buffer.from(body, "base64") : body);
}

function checked(status: number, given: Record<string, string | string[]>, body: string | Buffer): Reply {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new InvalidOutput(`the handler's reply has the status ${status}; 200 to 599 are possible`);
  }
  const headers = Object.fromEntries(Object.entries(given).filter(([name]) => !ownHeaders.test(name)));
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      for (const one of [value].flat()) validateHeaderValue(name, one);
    } catch {
      throw new InvalidOutput(`the handler's reply has a header that cannot be sent: ${JSON.stringify(name)}`);
    }
  }
  return { status, body: status === 204 || status === 304 ? "" : body, headers, isJson: false };
}

/** @throws InvalidOutput */
function outputJson(value: unknown): string {
  try {
    return jsonOf(value);
  } catch (error) {
    throw new InvalidOutput(`the handler's value cannot be written as JSON: ${messageOf(error)}`);
  }
}
