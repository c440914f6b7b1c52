const types = "https://serverlessworkflow.io/spec/1.0.0/errors/";

/**
 * What went wrong in a run, as the specification words it (problem details, RFC 7807).
 * https://github.com/serverlessworkflow/specification/blob/main/dsl-reference.md#standard-error-types
 */
export interface ProblemDetails {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** JSON pointer of the task, such as `/do/1/count`. */
  readonly instance: string;
}

const kinds = {
  validation: { status: 400, title: "Validation Error" },
  expression: { status: 400, title: "Expression Error" },
  timeout: { status: 408, title: "Timeout Error" },
  communication: { status: 500, title: "Communication Error" },
  runtime: { status: 500, title: "Runtime Error" },
} as const;

/** A run that faults. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(`${problem.title} at ${problem.instance}: ${problem.detail}`);
    this.problem = problem;
  }
}

/** A fault of one of the specification's standard types. */
export function fault(kind: keyof typeof kinds, detail: string, instance: string, status?: number): Fault {
  const { title, status: usual } = kinds[kind];
  return new Fault({ type: `${types}${kind}`, status: status ?? usual, title, detail, instance });
}
