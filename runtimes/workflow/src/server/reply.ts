import type { ServerResponse } from "node:http";
import type { RequestError } from "./input.ts";
import { log } from "./log.ts";

/** Answers JSON. */
export function reply(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  if (response.headersSent) return void response.destroy();
  const text = JSON.stringify(body ?? null);
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Answers an error as the other runtimes do. */
export function refuse(response: ServerResponse, error: RequestError, runId: string): void {
  const { status, type, message } = error;
  log("warn", "request refused", { runId, status, error: { type, message } });
  if (!response.headersSent) response.setHeader("x-knflow-run-id", runId);
  reply(response, status, { error: { type, message, id: runId } });
}
