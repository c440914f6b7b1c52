import { randomBytes } from "node:crypto";
import { Agent, request, type IncomingMessage } from "node:http";

// Calls of the workflow's other functions, and of other workflows, by name.

/** Calls that may be inside each other: functions that call each other without an end are stopped here. */
const deepest = 32;

/** A call that did not give a value. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** The answer's; 0 where there was none. */
  readonly status: number;
  /** The sort of error, such as `HandlerError` or `Timeout`. */
  readonly type: string;

  constructor(message: string, status: number, type: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** Where functions and workflows are; the same for all calls of a process. */
export interface Caller {
  /** With `{name}` for the function's name; empty where there is none. */
  readonly functionAddress: string;
  readonly workflowAddress: string;
  /** Bytes that an answer may have. */
  readonly largestBody: number;
}

export interface CallOptions {
  readonly timeoutSeconds?: number;
}

interface Target {
  readonly kind: "function" | "workflow";
  readonly name: string;
  readonly payload: unknown;
}

/** What a call needs to know of the one that it is made in. */
interface Around {
  readonly runId: string;
  readonly traceparent: string;
  readonly depth: number;
  readonly signal: AbortSignal;
  remainingSeconds(): number;
}

/** One connection a call: a connection kept open may have been closed at the other end, and a call is never sent twice. */
const agent = new Agent({ keepAlive: false, maxSockets: 256 });

/** @throws CallError */
export async function send(caller: Caller, target: Target, around: Around, options?: CallOptions): Promise<unknown> {
  const { name } = target;
  const address = addressOf(caller, target);
  const headers = headersOf(around);
  const body = JSON.stringify(target.payload ?? null);
  const seconds = Math.min(options?.timeoutSeconds ?? Infinity, around.remainingSeconds());
  const signal = AbortSignal.any([around.signal, AbortSignal.timeout(Math.ceil(seconds * 1000))]);
  let answer: { status: number; body: Buffer };
  try {
    answer = await exchange(address, headers, body, signal, caller.largestBody);
  } catch (error) {
    if (signal.aborted) throw new CallError(`${name} did not answer in time`, 0, "Timeout");
    const { message } = error as Error;
    if (error instanceof TooLarge) throw new CallError(`${name} ${message}`, error.status, "TooLarge");
    throw new CallError(`${name} cannot be reached: ${message}`, 0, "Unreachable");
  }
  const { status } = answer;
  if (status < 200 || status > 299) throw failure(name, status, answer.body.toString());
  try {
    return JSON.parse(answer.body.toString());
  } catch {
    throw new CallError(`${name} answered something that is no JSON`, status, "InvalidOutput");
  }
}

function addressOf({ functionAddress, workflowAddress }: Caller, { kind, name }: Target): string {
  const template = kind === "function" ? functionAddress : workflowAddress;
  if (typeof name !== "string" || !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw new CallError(`${JSON.stringify(name)} is no name of a ${kind}`, 0, "InvalidName");
  }
  if (template === "") {
    const variable = `KNFLOW_${kind.toUpperCase()}_ADDRESS`;
    throw new CallError(`this runtime cannot call a ${kind}: ${variable} is not set`, 0, "NotConfigured");
  }
  return template.replace("{name}", name);
}

/** What a call is followed by: the run, the trace with a span of its own, how many calls are around it. */
function headersOf({ runId, traceparent, depth }: Around): Record<string, string> {
  if (depth >= deepest) throw new CallError(`more than ${deepest} calls are inside each other`, 0, "TooDeep");
  const [, trace, flags] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(traceparent) ?? [];
  return {
    "content-type": "application/json",
    "x-knflow-run-id": runId,
    traceparent: `00-${trace ?? randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-${flags ?? "00"}`,
    "x-knflow-depth": String(depth + 1),
  };
}

class TooLarge extends Error {
  readonly status: number;

  constructor(status: number, largest: number) {
    super(`answered more than ${largest} bytes`);
    this.status = status;
  }
}

async function exchange(
  address: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
  largest: number,
): Promise<{ status: number; body: Buffer }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(address, { method: "POST", agent, headers, signal }, resolve).once("error", reject).end(body);
  });
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largest) throw new TooLarge(status, largest);
    chunks.push(chunk);
  }
  return { status, body: Buffer.concat(chunks) };
}

/** Functions answer `{"error": ...}`, workflows problem details, and what is between plain text. */
function failure(name: string, status: number, text: string): CallError {
  try {
    const { error, title, detail, type } = JSON.parse(text) as {
      error?: { type?: string; exception?: string; message?: string };
      title?: string;
      detail?: string;
      type?: string;
    };
    if (error !== undefined) {
      return new CallError(`${name}: ${error.exception ?? error.type}: ${error.message}`, status, String(error.type));
    }
    if (title !== undefined || detail !== undefined) {
      return new CallError(`${name}: ${title ?? "it faulted"}: ${detail ?? ""}`, status, String(type));
    }
  } catch {
    // Not from a function or a workflow.
  }
  return new CallError(`${name} answered ${status}: ${text.slice(0, 200)}`, status, "Unreachable");
}
