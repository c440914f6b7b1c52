import assert from "node:assert/strict";
import { chromium, type Browser, type Page } from "playwright-core";

/** Debian's own: what playwright brings would be downloaded from elsewhere. */
const executablePath = "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A page that is watched: what it says on the console, what it asks for, and what it runs into. */
export interface WatchedPage {
  readonly page: Page;
  /** Everything that a sound page has none of. */
  readonly faults: string[];
  /** Method and address of each request. */
  readonly requests: string[];
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}

/** Opens an address, all of whose requests must stay at its origin. */
export async function openPage(
  browser: Browser,
  address: string,
  options: { readonly width?: number; readonly colorScheme?: "light" | "dark" } = {},
): Promise<WatchedPage> {
  const { width = 1280, ...rest } = options;
  const page = await browser.newPage({ viewport: { width, height: 900 }, ...rest });
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    requests.push(`${request.method()} ${request.url()}`);
    if (new URL(request.url()).origin !== new URL(address).origin) faults.push(`asked ${request.url()}`);
  });
  const response = await page.goto(address);
  assert.equal(response?.status(), 200);
  return { page, faults, requests };
}
