import { CallError } from "./errors.ts";
import type { Answer } from "./exchange.ts";
import { messageOf } from "./faults.ts";
import { redactor } from "./redact.ts";
import { eventOfBody } from "./request.ts";

/**
 * What a call's answer means: the callee's output.
 *
 * @param run the callee's, where it does not say one
 * @throws CallError
 */
export function outputOf(name: string, run: string, { status, runId, body }: Answer): unknown {
  const told = { function: name, status, runId: runId || run };
  if (status >= 400) throw failure(told, body.toString());
  try {
    if (body.length === 0) throw new Error("the body is empty");
    return eventOfBody(undefined, body);
  } catch (error) {
    const message = `${name} answered something that is no JSON: ${messageOf(error)}`;
    throw new CallError(message, { ...told, status: 502, type: "InvalidAnswer" });
  }
}

interface Told {
  readonly function: string;
  readonly status: number;
  readonly runId: string;
}

/** What the callee says of its error, or what is between says. */
function failure(told: Told, text: string): CallError {
  const name = told.function;
  const said = objectOf(parsed(text));
  const error = objectOf(said?.error);
  if (typeof error?.type === "string") {
    // A runtime's.
    const { type } = error;
    const exception = textOf(error.exception);
    const message = `${name}: ${exception || type}: ${textOf(error.message)}`;
    return new CallError(message, { ...told, type, exception });
  }
  if (typeof said?.type === "string") {
    // A workflow's problem details.
    const message = `${name}: ${textOf(said.detail) || textOf(said.title) || said.type}`;
    return new CallError(message, { ...told, type: said.type });
  }
  return new CallError(`${name} answered ${told.status}: ${redactor.start(text, 500)}`, {
    ...told,
    type: "Unreachable",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
