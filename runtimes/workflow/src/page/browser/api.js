/** @import { Problem, Run, RunSummary } from "./types.d.ts" */

/** An answer that is none that was asked for. */
export class Refusal extends Error {}

/**
 * Runs the workflow, and waits for its end.
 *
 * @param {string} input JSON
 * @returns {Promise<{ output: unknown } | { problem: Problem }>}
 */
export async function runAndWait(input) {
  const response = await ask("./", { method: "POST", body: input });
  if (response.headers.get("content-type") === "application/problem+json") {
    return { problem: /** @type {Problem} */ (await response.json()) };
  }
  return { output: /** @type {unknown} */ (await read(response)) };
}

/**
 * Starts a run.
 *
 * @param {string} input JSON
 * @returns {Promise<string>} its id
 */
export async function startRun(input) {
  const { id } = /** @type {RunSummary} */ (await read(await ask("./runs", { method: "POST", body: input })));
  return id;
}

/**
 * @param {string} id
 * @returns {Promise<Run>}
 */
export async function showRun(id) {
  return /** @type {Run} */ (await read(await ask(`./runs/${encodeURIComponent(id)}`)));
}

/** @returns {Promise<readonly RunSummary[]>} the last runs, the newest first */
export async function recentRuns() {
  const { runs } = /** @type {{ runs: RunSummary[] }} */ (await read(await ask("./runs?limit=20")));
  return runs;
}

/** @param {string} id */
export async function cancelRun(id) {
  await read(await ask(`./runs/${encodeURIComponent(id)}/cancel`, { method: "POST" }));
}

/**
 * @param {string} address relative to the page's
 * @param {{ method?: string, body?: string }} [options]
 */
async function ask(address, options = {}) {
  // Also without a body: by it, the executor knows that the request is not another site's.
  const type = options.method === "POST" ? { "content-type": "application/json" } : {};
  try {
    return await fetch(address, { ...options, headers: { accept: "application/json", ...type }, cache: "no-store" });
  } catch {
    throw new Refusal("The workflow cannot be reached.");
  }
}

/**
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
async function read(response) {
  const text = await response.text();
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(`The workflow answered ${response.status}: ${text.slice(0, 200)}`);
  }
  if (response.ok) return value;
  const { error } = /** @type {{ error?: { type?: string, message?: string } }} */ (value ?? {});
  throw new Refusal(`${error?.type ?? response.status}: ${error?.message ?? text.slice(0, 200)}`);
}
