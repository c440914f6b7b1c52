import type { FunctionCall } from "../executor/environment.ts";
import { fault, type Fault } from "../executor/problem.ts";
import { AnswerTooLarge, exchange, newAgent, type Answer, type TraceHeaders } from "./exchange.ts";
import { isTooDeep, parseBody } from "../json/body.ts";
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
    const answer = await ask(address, call, headers, largest, observed);
    if (answer.status >= 400) throw functionFault(call, answer);
    const { body } = answer;
    if (isTooDeep(body))
      throw fault("communication", `${call.function} answered too deeply nested JSON`, call.instance);
    try {
      return parseBody(body, body.toString());
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

/** An error as runtimes answer it, and handlers' own replies may. */
interface RuntimeError {
  readonly type: string;
  readonly exception?: unknown;
  readonly message?: unknown;
}

/** A function's own error is a runtime error; what is between tells a communication error. */
function functionFault({ function: name, instance }: FunctionCall, { status, headers, body }: Answer): Fault {
  const text = body.toString();
  const error = runtimeErrorIn(text);
  // Each answer of a runtime has the header, so a handler's own reply has it too.
  const isFunctions = error !== undefined || "x-knflow-run-id" in headers;
  const told = error ? `${name}: ${describe(error)}` : `${name} answered ${status}: ${text.slice(0, 500)}`;
  if (status !== 504) return fault(isFunctions ? "runtime" : "communication", told, instance, status);
  // Otherwise something that the function called took too long, or it says so itself.
  const isLate = error ? error.type === "Timeout" : !isFunctions;
  return fault("timeout", isLate ? `${name} took longer than its timeout` : told, instance);
}

function runtimeErrorIn(text: string): RuntimeError | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly type?: unknown } };
    return typeof error?.type === "string" ? (error as RuntimeError) : undefined;
  } catch {
    // The gateway and the queue answer in plain text.
    return undefined;
  }
}

function describe({ type, exception, message }: RuntimeError): string {
  const kind = typeof exception === "string" ? exception : type;
  return typeof message === "string" ? `${kind}: ${message}` : kind;
}
