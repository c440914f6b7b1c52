import type { IncomingMessage } from "node:http";
import { Context } from "./context.ts";
import type { Deadlines } from "./deadlines.ts";
import { CallError, RequestError } from "./errors.ts";
import { messageOf, nameOf, traceOf } from "./faults.ts";
import type { Handler } from "./handler.ts";
import type { Observer } from "./observer.ts";
import { currentCall } from "./log.ts";
import { errorReply, InvalidOutput, replyOf, type Reply } from "./reply.ts";
import type { Settings } from "./settings.ts";
import type { Watchdog } from "./watchdog.ts";
import { webRequest } from "./web-request.ts";

/** What the log says of a call that failed. */
export interface CallFailure {
  readonly type: string;
  readonly message: string;
  readonly exception?: string;
  readonly trace?: string;
}

/** How a call ends: with a reply, or with one that the watchdog has sent already. */
export type CallEnd = { readonly reply: Reply; readonly error?: CallFailure } | "answered" | RequestError;

/** What a call is made of. */
export interface CallInput {
  readonly message: IncomingMessage;
  readonly runId: string;
  readonly traceparent: string;
  readonly tracestate: string;
  /** How many calls from functions' code it is inside of. */
  readonly depth: number;
  /** On the clock of `performance.now()`. */
  readonly begun: number;
  readonly event: unknown;
  /** The body as it came; undefined for a GET. */
  readonly body: Buffer | undefined;
}

/** What calls are made with. */
export interface Callee {
  readonly handler: Handler;
  readonly settings: Settings;
  readonly watchdog: Watchdog;
  readonly deadlines: Deadlines;
  /** What is told of calls besides the log; undefined where nothing is. */
  readonly observer: Observer | undefined;
}

/** One call of the handler. It ends once: by its value, by what it throws, at the latest by its timeout. */
export class Call {
  readonly runId: string;
  readonly #callee: Callee;
  readonly #context: Context;
  readonly #ended: (end: CallEnd) => void;
  #over = false;

  /** Calls the handler. `ended` may be called before this returns. */
  static begin(callee: Callee, input: CallInput, ended: (end: CallEnd) => void): void {
    const call = new Call(callee, input, ended);
    currentCall.run(call, Call.#enter, call, input);
  }

  private constructor(callee: Callee, input: CallInput, ended: (end: CallEnd) => void) {
    const { settings } = callee;
    const deadline = input.begun + settings.timeoutSeconds * 1000;
    this.runId = input.runId;
    this.#callee = callee;
    this.#context = new Context(settings, { ...input, deadline, spans: callee.observer?.spans });
    this.#ended = ended;
  }

  static #enter(this: void, call: Call, { message, begun, event, body }: CallInput): void {
    const { handler, watchdog } = call.#callee;
    const context = call.#context;
    let value: unknown;
    let failed = false;
    const given = handler.takesRequest ? webRequest(message, body, context) : event;
    watchdog.enter(call.runId, descriptorOf(message), begun);
    try {
      value = handler.call(given, context);
    } catch (error) {
      failed = true;
      value = error;
    }
    if (!watchdog.leave()) return call.#end("answered");
    if (failed) return call.fail(value);
    if (isThenable(value)) call.#await(value);
    else call.#succeed(value);
  }

  /** The handler threw, or something that it has left running did. */
  fail(error: unknown): void {
    if (error instanceof RequestError) return this.#end(error);
    if (error instanceof CallError) return this.#pass(error);
    const [exception, message] = [nameOf(error), messageOf(error)];
    const reply = errorReply(500, "HandlerError", message, this.runId, exception);
    this.#end({ reply, error: { type: "HandlerError", exception, message, trace: traceOf(error) } });
  }

  /** What the handler called has failed, and it did not mind. */
  #pass(error: CallError): void {
    const message = messageOf(error);
    const reply = errorReply(error.status === 504 ? 504 : 502, "CallError", message, this.runId);
    this.#end({ reply, error: { type: "CallError", message, trace: traceOf(error) } });
  }

  #await(value: PromiseLike<unknown>): void {
    this.#callee.deadlines.add(this);
    value.then(
      (result) => this.#succeed(result),
      (error: unknown) => this.fail(error),
    );
  }

  #succeed(value: unknown): void {
    if (this.#over) return;
    try {
      const reply = replyOf(value);
      if ("then" in reply) {
        this.#callee.deadlines.add(this);
        reply.then(
          (whole) => this.#end({ reply: whole }),
          (error: unknown) => this.#refuse(error),
        );
      } else this.#end({ reply });
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof InvalidOutput)) return this.fail(error);
    const { message } = error;
    const reply = errorReply(500, "InvalidOutput", message, this.runId);
    this.#end({ reply, error: { type: "InvalidOutput", message } });
  }

  get deadline(): number {
    return this.#context.deadline;
  }

  /** Its time is up. */
  expire(): void {
    const message = `the handler did not answer within ${this.#callee.settings.timeoutSeconds} s`;
    const reply = errorReply(504, "Timeout", message, this.runId);
    this.#finish({ reply, error: { type: "Timeout", message } });
    // What the handler does about it still belongs to the call.
    currentCall.run(this, () => Context.expire(this.#context, new DOMException(message, "TimeoutError")));
  }

  #end(end: CallEnd): void {
    if (this.#over) return;
    // It came late, but the loop was blocked, so no timer could say so.
    if (end !== "answered" && performance.now() > this.#context.deadline) this.expire();
    else this.#finish(end);
  }

  #finish(end: CallEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#callee.deadlines.delete(this);
    this.#ended(end);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** The descriptor of the request's connection, by which the watchdog can answer; Node has no public name for it. */
function descriptorOf(message: IncomingMessage): number {
  const { _handle: handle } = message.socket as unknown as { _handle?: { fd?: number } | null };
  return handle?.fd ?? -1;
}
