/** The function's code cannot be served. Its message is the reason that a user reads in `pulumi up`. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  /** The sort of fault, such as `ChecksumError`. */
  readonly kind: string;
  /** `file:line` in the user's code, where there is one. */
  readonly place: string;
  readonly trace: string;

  constructor(kind: string, message: string, place = "", trace = "") {
    super(message);
    this.kind = kind;
    this.place = place;
    this.trace = trace;
  }

  oneLine(): string {
    const place = this.place === "" ? "" : ` (${this.place})`;
    return `${this.kind}: ${this.message}${place}`.replace(/\s+/g, " ").trim();
  }
}

/** A request that is answered without a call of the handler, or that a request-style handler refuses by reading it. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export function badRequest(message: string): RequestError {
  return new RequestError(400, "BadRequest", message);
}

/** A call of a function or a workflow that brought no output. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** The name that was called, of a function or a workflow. */
  readonly function: string;
  /** The callee's own; without an answer 504 where time was up, and otherwise what fits. */
  readonly status: number;
  /** What the callee calls its error, or what the runtime calls its absence. */
  readonly type: string;
  /** The type of what the callee's handler threw; empty where it threw nothing. */
  readonly exception: string;
  /** The callee's, by which its log is found. */
  readonly runId: string;

  constructor(
    message: string,
    told: {
      readonly function: string;
      readonly status: number;
      readonly type: string;
      readonly exception?: string;
      readonly runId: string;
    },
  ) {
    super(message);
    this.function = told.function;
    this.status = told.status;
    this.type = told.type;
    this.exception = told.exception ?? "";
    this.runId = told.runId;
  }
}

/** What a `process.exit` in the user's code becomes. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit";

  constructor(code: number | string | null | undefined) {
    super(`process.exit(${code ?? process.exitCode ?? 0}) was called`);
  }
}
