import { Agent, errors, request } from "undici";
import { fault } from "../executor/problem.ts";
import type { FunctionCall } from "../executor/run.ts";

/** Headers by which a run is followed from call to call. */
export interface TraceHeaders {
  readonly "x-knflow-run-id": string;
  readonly traceparent: string;
}

/** Keeps connections open between calls: a new one for every step would cost more than the step. */
const agent = new Agent({
  connections: 256,
  pipelining: 1,
  keepAliveTimeout: 30_000,
  headersTimeout: 0,
  bodyTimeout: 0,
});

/**
 * Calls functions over HTTP.
 *
 * @param addresses the functions' addresses by name
 */
export function functionCaller(addresses: Readonly<Record<string, string>>, headers: TraceHeaders) {
  return async (call: FunctionCall): Promise<unknown> => {
    const address = addresses[call.function];
    if (address === undefined) throw fault("validation", `there is no function ${call.function}`, call.instance);
    let status: number;
    let text: string;
    try {
      const response = await request(address, {
        method: "POST",
        dispatcher: agent,
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(call.input ?? null),
        signal: call.signal,
      });
      status = response.statusCode;
      text = await response.body.text();
    } catch (error) {
      if (call.signal.aborted) throw fault("timeout", `${call.function} did not answer in time`, call.instance);
      const reason = error instanceof errors.UndiciError || error instanceof Error ? error.message : String(error);
      throw fault("communication", `${call.function} cannot be reached: ${reason}`, call.instance);
    }
    if (status >= 400) throw functionFault(call, status, text);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw fault("communication", `${call.function} answered something that is no JSON`, call.instance);
    }
  };
}

/** A function's own error is a runtime error; what is between tells a communication error. */
function functionFault(call: FunctionCall, status: number, text: string) {
  if (status === 504) return fault("timeout", `${call.function} took longer than its timeout`, call.instance);
  try {
    const { error } = JSON.parse(text) as { error?: { type?: string; exception?: string; message?: string } };
    if (error)
      return fault(
        "runtime",
        `${call.function}: ${error.exception ?? error.type}: ${error.message}`,
        call.instance,
        status,
      );
  } catch {
    // Not from a function: the gateway or the queue answers in plain text.
  }
  return fault("communication", `${call.function} answered ${status}: ${text.slice(0, 500)}`, call.instance, status);
}
