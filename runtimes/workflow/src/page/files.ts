import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { pageDocument, type PageContent } from "./document.ts";

/** A file as a browser gets it. */
export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  /** Of its content, quoted as the header wants it. */
  readonly etag: string;
}

/** What a page loads, as it is: the browser's modules need no build. */
const assets = join(import.meta.dirname, "browser");
const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The files of a workflow's page by their paths below its address; the page itself has none. */
export function pageFiles(content: PageContent): ReadonlyMap<string, PageFile> {
  const names = readdirSync(assets).filter((name) => types[extname(name)] !== undefined);
  const own = names.map((name): [string, PageFile] => [
    `page/${name}`,
    fileOf(types[extname(name)] as string, readFileSync(join(assets, name))),
  ]);
  return new Map([["", fileOf("text/html; charset=utf-8", Buffer.from(pageDocument(content)))], ...own]);
}

function fileOf(type: string, content: Buffer): PageFile {
  return { type, content, etag: `"${createHash("sha256").update(content).digest("base64url")}"` };
}
