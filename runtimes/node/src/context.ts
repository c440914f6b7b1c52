import { CallError, send, type Caller, type CallOptions } from "./calls.ts";

/** What a handler may know about the run that it works for; the second argument of `handler(event, context)`. */
export class Context {
  readonly runId: string;
  readonly functionName: string;
  readonly workflowName: string;
  readonly revision: string;
  /** The W3C trace context that came with the request; empty where none came. */
  readonly traceparent: string;
  /** On the clock of `performance.now()`, in milliseconds: when the runtime answers with a timeout. */
  readonly deadline: number;
  /** How many calls of functions are around this one. */
  readonly depth: number;
  readonly #caller: Caller;
  #abort: AbortController | undefined;
  #over: Error | undefined;

  constructor(
    settings: Caller & { readonly function: string; readonly workflow: string; readonly revision: string },
    request: { readonly runId: string; readonly traceparent: string; readonly depth: number },
    deadline: number,
  ) {
    this.runId = request.runId;
    this.functionName = settings.function;
    this.workflowName = settings.workflow;
    this.revision = settings.revision;
    this.traceparent = request.traceparent;
    this.depth = request.depth;
    this.deadline = deadline;
    this.#caller = settings;
  }

  /**
   * Calls another function of this workflow by name, and gives its output. It takes at most `timeoutSeconds`, and never longer
   * than this call itself has.
   *
   * @throws CallError where it gives no value
   * @example const { parts } = await context.call("split", { text }, { timeoutSeconds: 5 });
   */
  async call(name: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return send(this.#caller, { kind: "function", name, payload }, this, options);
  }

  /** Runs another workflow of the stack by name, and gives its output; otherwise as `call`. */
  async callWorkflow(name: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return send(this.#caller, { kind: "workflow", name, payload }, this, options);
  }

  /** What a call throws that gave no value. */
  get CallError(): typeof CallError {
    return CallError;
  }

  remainingSeconds(): number {
    return Math.max(this.deadline - performance.now(), 0) / 1000;
  }

  /** Aborted when the call's time is up. Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#over !== undefined) this.#abort.abort(this.#over);
    return this.#abort.signal;
  }

  // The names that AWS Lambda has for the same things.

  get awsRequestId(): string {
    return this.runId;
  }

  get functionVersion(): string {
    return this.revision;
  }

  getRemainingTimeInMillis(): number {
    return Math.floor(this.remainingSeconds() * 1000);
  }

  /** Tells the handler that nobody waits for it any more. Not for handlers. */
  static expire(context: Context, reason: Error): void {
    context.#over = reason;
    context.#abort?.abort(reason);
  }
}
