import type { Readable } from "node:stream";
import { Agent, errors, request, type Dispatcher } from "undici";
import { UserError } from "../../console/errors.ts";
import type { Target } from "./target.ts";

/** What a call came to: the body of a success as it comes, or all that a failure says. */
export type Reply =
  | { readonly ok: true; readonly body: Readable }
  /** `runId` is of the run whose logs tell more; the gateway's own answers have none. */
  | { readonly ok: false; readonly problem: string; readonly runId?: string };

/**
 * Posts JSON to a target through the gateway; no name is looked up, the gateway knows the target by the Host header.
 *
 * @param signal ends the call, body included
 * @throws UserError where there is no answer
 */
export async function call(target: Target, body: string | Readable, signal: AbortSignal): Promise<Reply> {
  // The signal is the one limit: undici's own would end calls that legitimately take longer.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, pipelining: 0 });
  let response: Dispatcher.ResponseData;
  try {
    response = await request(target.gatewayUrl, {
      dispatcher,
      method: "POST",
      headers: { host: target.host, "content-type": "application/json", accept: "application/json" },
      body,
      signal,
    });
  } catch (error) {
    throw new UserError(noAnswer(target, error, signal));
  }
  if (response.statusCode < 300) return { ok: true, body: response.body };
  if (response.statusCode < 400) {
    await response.body.dump();
    return { ok: false, problem: describeRedirect(target, response) };
  }
  const runId = response.headers["x-knflow-run-id"];
  const problem = describe(target, response, await response.body.text());
  return { ok: false, problem, ...(typeof runId === "string" ? { runId } : {}) };
}

/** A redirect has no reply, and is not followed: the call would become another one, such as a GET. */
function describeRedirect(target: Target, { statusCode, statusText, headers }: Dispatcher.ResponseData): string {
  const { location } = headers;
  const to = location === undefined ? "" : `, a redirect to ${String(location)}`;
  const hint =
    target.runsOn === "machine"
      ? ""
      : ". Where the gateway redirects, such as to https, set knflow:gatewayUrl to the address that answers itself";
  return `error: ${target.name} answered ${statusCode} ${statusText}${to}${hint}`;
}

/** The structured error as it came, for people and programs alike; a sentence where the reply has none. */
function describe(target: Target, { statusCode, statusText }: Dispatcher.ResponseData, text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === "object" && problem !== null) return JSON.stringify(problem, undefined, 2);
  } catch {
    // Not from a function: the gateway answers in plain text.
  }
  const said = text.trim() === "" ? "" : `: ${text.trim().slice(0, 2000)}`;
  const hint =
    statusCode === 404
      ? `. The gateway does not know the host ${target.host}: is it deployed and ready ("kubectl get ksvc -A")?`
      : "";
  return `error: ${target.name} answered ${statusCode} ${statusText}${said}${hint}`;
}

function noAnswer(target: Target, error: unknown, signal: AbortSignal): string {
  const where = `${target.name} at ${target.gatewayUrl}`;
  if (signal.aborted) return `no answer from ${where} in time; --timeout <seconds> gives it more`;
  const reason = error instanceof errors.UndiciError || error instanceof Error ? reasonOf(error) : String(error);
  return `no answer from ${where}: ${reason}${noAnswerHints[target.runsOn]}`;
}

const noAnswerHints: Readonly<Record<Target["runsOn"], string>> = {
  "embedded cluster": '. Is the cluster up ("npx knflow cluster status")?',
  cluster: ". Where requests reach the gateway at another address, set knflow:gatewayUrl to it",
  machine: "",
};

function reasonOf(error: Error): string {
  // Node wraps attempts on several addresses in an AggregateError without a message.
  if (error instanceof AggregateError) return error.errors.map((inner) => (inner as Error).message).join(", ");
  return error.message;
}
