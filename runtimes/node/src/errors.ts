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

/** What a `process.exit` in the user's code becomes. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit";

  constructor(code: number | string | null | undefined) {
    super(`process.exit(${code ?? process.exitCode ?? 0}) was called`);
  }
}
