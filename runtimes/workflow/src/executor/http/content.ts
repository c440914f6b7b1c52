import { parseBody } from "../../json/body.ts";
import type { HttpAnswer } from "../environment.ts";

/** As much of an answer's text as an error quotes. */
const longestQuote = 500;

/** An answer's content, deserialized: JSON where it says that it is, otherwise a text; undefined where it is no such JSON. */
export function contentOf({ headers, body }: HttpAnswer): { readonly value: unknown } | undefined {
  if (body.length === 0) return { value: null };
  const isJson = /^application\/(json|[^;]*\+json)\s*(;|$)/i.test(headers["content-type"] ?? "");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return { value: isJson ? parseBody(body, text) : text };
  } catch {
    // Neither JSON nor a text has bytes that are no UTF-8.
    return isJson ? undefined : { value: body.toString("base64") };
  }
}

export function textOf(body: Buffer): string {
  return body.subarray(0, longestQuote).toString();
}
