/** The workflow cannot be served. Its message is the reason that a user reads in `pulumi up`. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  /** The sort of fault, such as `ChecksumError`. */
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}
