import { CallError } from "./errors.ts";
import type { Spans } from "../../workflow/src/telemetry/spans.ts";
import type { Settings } from "./settings.ts";

/** What comes with a request. */
export interface RequestContext {
  readonly runId: string;
  readonly traceparent: string;
  readonly tracestate: string;
  readonly depth: number;
  readonly deadline: number;
  /** Where calls are told of; undefined where they are not. */
  readonly spans: Spans | undefined;
}

/** How a call is made. */
export interface CallOptions {
  /** A call never takes longer than the handler may. */
  readonly timeoutSeconds?: number;
}

/** What a handler may know about the run that it works for, and call; the second argument of `handler(event, context)`. */
export class Context {
  readonly runId: string;
  readonly functionName: string;
  readonly workflowName: string;
  readonly revision: string;
  /** The W3C trace context that came with the request, or of the span that the runtime makes of it; empty where there is neither. */
  readonly traceparent: string;
  /** What came with it, of the tracers that it has passed. */
  readonly tracestate: string;
  /** On the clock of `performance.now()`, in milliseconds: when the runtime answers with a timeout. */
  readonly deadline: number;
  readonly #settings: Settings;
  readonly #depth: number;
  readonly #spans: Spans | undefined;
  #abort: AbortController | undefined;
  #over: Error | undefined;

  constructor(settings: Settings, { runId, traceparent, tracestate, depth, deadline, spans }: RequestContext) {
    this.runId = runId;
    this.functionName = settings.function;
    this.workflowName = settings.workflow;
    this.revision = settings.revision;
    this.traceparent = traceparent;
    this.tracestate = tracestate;
    this.deadline = deadline;
    this.#settings = settings;
    this.#depth = depth;
    this.#spans = spans;
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

  /**
   * Calls another function of this workflow by its name. Without a payload its event is `{}`.
   *
   * @returns its output
   * @throws CallError where no output comes
   */
  call(name: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#call("KNFLOW_FUNCTION_ADDRESS", this.#settings.functionAddress, name, payload, options);
  }

  /** Runs a workflow of the same stack by its name; otherwise as `call`. */
  callWorkflow(name: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#call("KNFLOW_WORKFLOW_ADDRESS", this.#settings.workflowAddress, name, payload, options);
  }

  /** What `call` and `callWorkflow` throw, so that a handler can recognize it without an import. */
  get CallError(): typeof CallError {
    return CallError;
  }

  async #call(setting: string, address: string, name: string, payload: unknown, options: CallOptions = {}) {
    // Only here: most handlers call nothing.
    const { callByName } = await import("./calls.ts");
    const { runId, traceparent, tracestate, deadline } = this;
    const { largestBody } = this.#settings;
    const caller = { runId, traceparent, tracestate, deadline, depth: this.#depth, largestBody, spans: this.#spans };
    return callByName(caller, { setting, address, name, payload, timeoutSeconds: options.timeoutSeconds });
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
