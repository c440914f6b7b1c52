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
  #abort: AbortController | undefined;
  #over: Error | undefined;

  constructor(
    names: { readonly function: string; readonly workflow: string; readonly revision: string },
    runId: string,
    traceparent: string,
    deadline: number,
  ) {
    this.runId = runId;
    this.functionName = names.function;
    this.workflowName = names.workflow;
    this.revision = names.revision;
    this.traceparent = traceparent;
    this.deadline = deadline;
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
