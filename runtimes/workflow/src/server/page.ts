import type { IncomingMessage, ServerResponse } from "node:http";
import type { PageContent } from "../page/document.ts";
import type { PageFile } from "../page/files.ts";
import { RequestError } from "./input.ts";

/**
 * What a browser is told of every file of the page: all that it loads comes from here, nothing is run that stands in the
 * document, and no other site may show the page in a frame.
 */
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Asked for each time, and sent only where it changed: pages of two deployments never mix for long.
  "cache-control": "no-cache",
  vary: "Accept",
} as const;

/** A workflow's page, made when a browser asks for it first: no cold start waits for it. */
export class WorkflowPage {
  readonly #content: PageContent;
  #files: Promise<ReadonlyMap<string, PageFile>> | undefined;

  constructor(content: PageContent) {
    this.#content = content;
  }

  /** Answers a file. @param path below the workflow's address; empty for the page itself */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#files ??= import("../page/files.ts").then(({ pageFiles }) => pageFiles(this.#content));
    const file = (await this.#files).get(path);
    if (file === undefined) throw new RequestError(404, "NotFound", `the page has no file '${path}'`);
    const { type, content, etag } = file;
    if (request.headers["if-none-match"]?.includes(etag)) {
      response.writeHead(304, { ...headers, etag }).end();
      return;
    }
    response.writeHead(200, { ...headers, etag, "content-type": type, "content-length": content.length });
    response.end(content);
  }
}

/** Whether it is a browser's that opens an address, and not a program's that calls it. */
export function wantsPage({ headers: { accept = "" } }: IncomingMessage): boolean {
  return accept.split(",").some((one) => /^\s*text\/html\s*(;|$)/i.test(one));
}

/**
 * Refuses what a page of another site makes a browser send without asking first. What has the content type of JSON browsers
 * only send to other sites that allow it by CORS, which this one never does.
 * https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS#simple_requests
 */
export function refuseOtherSites({ headers }: IncomingMessage): void {
  if (/^application\/(json|.*\+json)\b/i.test(headers["content-type"] ?? "") || !isOfOtherSite(headers)) return;
  const advice = "a browser has to send the content type application/json, which needs CORS; or call it from a program";
  throw new RequestError(403, "OtherSite", `the request comes from a page of another site: ${advice}`);
}

/** Browsers tell it by Sec-Fetch-Site; older ones, and all where an address is plain HTTP, by Origin, of a POST at least. */
function isOfOtherSite(headers: IncomingMessage["headers"]): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin, host, "x-forwarded-host": forwarded } = headers;
  if (origin === undefined) return false;
  const from = URL.canParse(origin) ? new URL(origin).host : "";
  return from !== host && from !== forwarded;
}
