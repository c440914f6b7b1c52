import type { FunctionCall } from "../executor/environment.ts";
import { fault } from "../executor/problem.ts";
import { AnswerTooLarge, exchange, newAgent, type Answer, type TraceHeaders } from "./exchange.ts";
import { isTooDeep } from "../json/body.ts";
import { idempotencyKey } from "./idempotency.ts";
import type { RunObserver } from "./observer.ts";

/** Functions answer when they are done: how long that may take is the run's to say. */
const agent = newAgent(0);

/**
 * Calls functions over HTTP.
 *
 * @param addresses the functions' addresses by name
 * @param largest bytes that an answer may have
 */
export function functionCaller(
  addresses: Readonly<Record<string, string>>,
  headers: TraceHeaders,
  largest: number,
  observed?: RunObserver,
): (call: FunctionCall) => Promise<unknown> {
  return async (call) => {
    const address = addresses[call.function];
    if (address === undefined) throw fault("validation", `there is no function ${call.function}`, call.instance);
    const { status, body } = await ask(address, call, headers, largest, observed);
    if (status >= 400) throw functionFault(call, status, body.toString());
    if (isTooDeep(body))
      throw fault("communication", `${call.function} answered too deeply nested JSON`, call.instance);
    try {
      return JSON.parse(body.toString()) as unknown;
    } catch {
      throw fault("communication", `${call.function} answered something that is no JSON`, call.instance);
    }
  };
}

async function ask(
  address: string,
  call: FunctionCall,
  headers: TraceHeaders,
  largest: number,
  observed: RunObserver | undefined,
): Promise<Answer> {
  const request = {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", "idempotency-key": idempotencyKey(headers, call.key) },
    body: JSON.stringify(call.input ?? null),
    signal: call.signal,
  };
  const send = (traceparent: string) =>
    exchange(address, { ...request, headers: { ...request.headers, traceparent } }, agent, largest);
  try {
    if (!observed) return await send(headers.traceparent);
    const { function: name, key, instance } = call;
    const attributes = { "faas.invoked_name": name, "knflow.task": instance };
    return await observed.follow(key, { name: `call ${name}`, method: "POST", address, attributes }, send);
  } catch (error) {
    if (call.signal.aborted) throw fault("timeout", `${call.function} did not answer in time`, call.instance);
    const { message } = error as Error;
    const reason = error instanceof AnswerTooLarge ? message : `cannot be reached: ${message}`;
    throw fault("communication", `${call.function} ${reason}`, call.instance);
  }
}

/** A function's own error is a runtime error; what is between tells a communication error. */
function functionFault({ function: name, instance }: FunctionCall, status: number, text: string) {
  if (status === 504) return fault("timeout", `${name} took longer than its timeout`, instance);
  try {
    const { error } = JSON.parse(text) as { error?: { type?: string; exception?: string; message?: string } };
    if (error) return fault("runtime", `${name}: ${error.exception ?? error.type}: ${error.message}`, instance, status);
  } catch {
    // Not from a function: the gateway or the queue answers in plain text.
  }
  return fault("communication", `${name} answered ${status}: ${text.slice(0, 500)}`, instance, status);
}
