import assert from "node:assert/strict";
import type { ConformanceCase } from "./conformance.ts";
import type { Reply } from "./support/runtime.ts";

/** A case's request. */
export function requestOf({ request }: ConformanceCase) {
  const body = request.body ? request.body() : request.json;
  const given = request.body || request.json !== undefined ? JSON.stringify(body) : undefined;
  return {
    body: request.body ? body : given,
    method: request.method ?? "POST",
    path: request.path ?? "/",
    headers: request.headers ?? {},
  };
}

/** @param names what the runtime is named in its environment, where that differs from the table's */
export function checkCase({ expect, request }: ConformanceCase, reply: Reply, names: object = {}): void {
  assert.equal(reply.status, expect.status, reply.text.slice(0, 500));
  assert.equal(reply.headers["content-type"], "application/json");
  for (const [name, value] of Object.entries(expect.headers ?? {})) assert.equal(reply.headers[name], value);
  if (expect.json !== undefined) assert.deepEqual(reply.json, named(expect.json, names));
  if (request.path !== "/health" || expect.error) assert.match(String(reply.headers["x-knflow-run-id"]), /^\S{1,128}$/);
  if (!expect.error) return;

  const { error } = reply.json as { error: Record<string, string> };
  assert.equal(error.type, expect.error.type);
  assert.match(error.message ?? "", expect.error.message);
  assert.equal(error.id, reply.headers["x-knflow-run-id"]);
  if (expect.error.exception) assert.match(error.exception ?? "", expect.error.exception);
  const fields = ["type", "message", "id", ...(expect.error.exception ? ["exception"] : [])];
  assert.deepEqual(Object.keys(error).sort(), fields.sort(), "nothing else is told to a client");
}

function named(json: unknown, names: object): unknown {
  return typeof json === "object" && json !== null && "revision" in json ? { ...json, ...names } : json;
}
