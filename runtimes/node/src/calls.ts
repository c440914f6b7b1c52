import type { Spans } from "../../workflow/src/telemetry/spans.ts";
import { outputOf } from "./answer.ts";
import { CallError } from "./errors.ts";
import { AnswerTooLarge, post, type Answer } from "./exchange.ts";
import { messageOf } from "./faults.ts";
import { jsonOf } from "./json.ts";
import { traceOf } from "./trace.ts";

/** Calls inside of calls: more than anyone plans, and few enough that functions which call each other end soon. */
const deepest = 32;
/** Milliseconds that a handler has left when a call has taken all of its time, so that it can still answer by itself. */
function margin(remaining: number): number {
  return Math.min(Math.max(remaining / 20, 50), 1000, remaining / 2);
}

/** The run of a handler that calls. */
export interface Caller {
  readonly runId: string;
  readonly traceparent: string;
  readonly tracestate: string;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly depth: number;
  readonly largestBody: number;
  /** Where calls are told of; undefined where they are not. */
  readonly spans: Spans | undefined;
}

export interface OutgoingCall {
  /** The variable that has the address. */
  readonly setting: string;
  /** With `{name}` for the name. */
  readonly address: string;
  readonly name: string;
  readonly payload: unknown;
  readonly timeoutSeconds: number | undefined;
}

/**
 * Calls a function or a workflow by its name; see docs/adr/0031-calls-from-code.md.
 *
 * @throws CallError
 */
export async function callByName(caller: Caller, call: OutgoingCall): Promise<unknown> {
  const body = bodyOf(caller, call);
  return outputOf(call.name, caller.runId, await ask(caller, call, body));
}

/** What is sent. @throws CallError where there is nobody to send it to */
function bodyOf(caller: Caller, { setting, address, name, payload }: OutgoingCall): string {
  const refuse = (status: number, type: string, message: string) => refusal(caller, name, status, type, message);
  if (typeof name !== "string" || !/^[a-z]([a-z0-9-]{0,55}[a-z0-9])?$/.test(name)) {
    const rule = 'lower-case letters, digits and "-", beginning with a letter';
    throw refuse(400, "InvalidName", `'${name}' is no name of a function or workflow: ${rule}`);
  }
  if (address === "") throw refuse(501, "NotConfigured", `${name} cannot be called: ${setting} is not set`);
  if (caller.depth >= deepest) {
    const message = `${name} is not called: there are ${deepest} calls inside of each other already`;
    throw refuse(508, "TooDeep", message);
  }
  if (payload === undefined) return "";
  try {
    return jsonOf(payload);
  } catch (error) {
    throw new TypeError(`the payload for ${name} cannot be written as JSON: ${messageOf(error)}`);
  }
}

async function ask(caller: Caller, { address, name, timeoutSeconds }: OutgoingCall, body: string): Promise<Answer> {
  const remaining = Math.max(caller.deadline - performance.now(), 0);
  const own = remaining - margin(remaining);
  const milliseconds = Math.max(Math.min(own, (timeoutSeconds ?? Infinity) * 1000), 0);
  const signal = AbortSignal.timeout(Math.ceil(milliseconds));
  const headers = {
    ...(body === "" ? {} : { "content-type": "application/json" }),
    "x-knflow-run-id": caller.runId,
    "x-knflow-depth": String(caller.depth + 1),
    ...traceOf(caller),
  };
  const url = address.replaceAll("{name}", name);
  const { spans } = caller;
  const send = (traceparent: string) => post(url, { ...headers, traceparent }, body, signal, caller.largestBody);
  try {
    if (!spans) return await send(headers.traceparent);
    const attributes = { "faas.invoked_name": name, "knflow.run.id": caller.runId };
    const call = { name: `call ${name}`, method: "POST", address: url, attributes };
    return await spans.client(caller.traceparent, call, send);
  } catch (error) {
    const refuse = (status: number, type: string, said: string) =>
      refusal(caller, name, status, type, `${name} ${said}`);
    if (signal.aborted) {
      throw refuse(504, "Timeout", `did not answer within ${Number((milliseconds / 1000).toPrecision(3))} s`);
    }
    if (error instanceof AnswerTooLarge) {
      throw refuse(502, "InvalidAnswer", `answered more than ${caller.largestBody} bytes`);
    }
    throw refuse(502, "Unreachable", `cannot be reached: ${messageOf(error)}`);
  }
}

function refusal({ runId }: Caller, name: string, status: number, type: string, message: string): CallError {
  return new CallError(message, { function: name, status, type, runId });
}
