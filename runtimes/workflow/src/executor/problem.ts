import { Stop } from "./signals.ts";

const types = "https://serverlessworkflow.io/spec/1.0.0/errors/";

/**
 * What went wrong in a run, as the specification words it (problem details, RFC 7807).
 * https://github.com/serverlessworkflow/specification/blob/main/dsl-reference.md#standard-error-types
 */
export interface ProblemDetails {
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
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
  override readonly name: string = "Fault";
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(`${problem.title ?? problem.type} at ${problem.instance}: ${problem.detail ?? `status ${problem.status}`}`);
    this.problem = problem;
  }
}

/** Characters of an error's text: what a callee says may have megabytes, and is logged and stored. */
const longestText = 4096;

/** An error's text, cut where it is too long. */
export function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText - 1).toWellFormed()}…` : text;
}

/** A fault of one of the specification's standard types. */
export function fault(kind: keyof typeof kinds, detail: string, instance: string, status?: number): Fault {
  const { title, status: usual } = kinds[kind];
  return new Fault({ type: `${types}${kind}`, status: status ?? usual, title, detail: shortened(detail), instance });
}

/** A task that is ended by what is around it: its time is over, unless {@link stopped} knows better. */
export function outOfTime(instance: string): Fault {
  return fault("timeout", "the run did not end in time", instance);
}

/** A task that is given up since nobody needs it any more. */
export class GivenUp extends Fault {
  override readonly name = "GivenUp";

  constructor({ message }: Stop, instance: string) {
    super({ type: `${types}runtime`, status: 500, title: "Given Up", detail: message, instance });
  }
}

/** What ended a task: it only knows itself that its signal was aborted, and takes that for a timeout. */
export function stopped(error: Error, { reason }: AbortSignal, instance: string): Error {
  const isLate = error instanceof Fault && error.problem.type === `${types}timeout`;
  return isLate && reason instanceof Stop ? new GivenUp(reason, instance) : error;
}

/** The specification's conformance tests name the standard types by an older address. */
const olderTypes = "https://serverlessworkflow.io/dsl/errors/types/";

/** Whether a problem has everything that a filter names. */
export function matches(problem: ProblemDetails, filter: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(filter).every(([key, value]) => {
    if (key === "type") return newerType(problem.type) === newerType(value);
    // The specification's schema has `details` here, which is `detail` everywhere else.
    return problem[(key === "details" ? "detail" : key) as keyof ProblemDetails] === value;
  });
}

function newerType(type: unknown): unknown {
  return typeof type === "string" ? type.replace(olderTypes, types) : type;
}

/** Whether a run can end with it, which answers its status. */
export function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}
