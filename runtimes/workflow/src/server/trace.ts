import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a run may be named by in an address. */
export const runIdPattern = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/;
/** What a caller may name it by: there is room for what tells several runs of one id apart. */
const longestGiven = 119;

/** The caller's run id where it sent a sound one, otherwise a new one. */
export function runIdOf(request: IncomingMessage): string {
  const given = request.headers["x-knflow-run-id"];
  return typeof given === "string" && given.length <= longestGiven && runIdPattern.test(given)
    ? given
    : randomBytes(16).toString("hex");
}

/** W3C trace context: the caller's trace goes on, with a span of our own; https://www.w3.org/TR/trace-context/ */
export function traceparentOf(request: IncomingMessage): string {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(String(request.headers.traceparent ?? ""));
  return `00-${given?.[1] ?? randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-${given?.[2] ?? "00"}`;
}

/** As the caller sent it, for the functions that the run calls. */
export function depthOf(request: IncomingMessage): { readonly "x-knflow-depth"?: string } {
  const given = request.headers["x-knflow-depth"];
  return typeof given === "string" && /^\d{1,3}$/.test(given) ? { "x-knflow-depth": given } : {};
}
