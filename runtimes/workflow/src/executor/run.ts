import type { Definition } from "../definition/types.ts";
import { ExpressionError } from "../expressions/jq.ts";
import { resolveExpression } from "../expressions/template.ts";
import { fault } from "./problem.ts";
import { runTasks } from "./tasks.ts";

/** One call of a function. */
export interface FunctionCall {
  readonly function: string;
  readonly input: unknown;
  /** JSON pointer of the task. */
  readonly instance: string;
  readonly signal: AbortSignal;
}

/** How the executor reaches what is around it. */
export interface RunEnvironment {
  readonly runId: string;
  readonly signal: AbortSignal;
  /** Calls a function. @throws Fault where the call fails */
  call(call: FunctionCall): Promise<unknown>;
  /** Told when a task ended. */
  taskEnded?(instance: string, milliseconds: number, error: Error | undefined): void;
}

/**
 * Runs a workflow.
 *
 * @returns its output
 * @throws Fault where the run faults
 */
export async function runWorkflow(
  definition: Definition,
  rawInput: unknown,
  environment: RunEnvironment,
): Promise<unknown> {
  const runtime = { name: "knflow" };
  const workflow = { id: environment.runId, definition, input: rawInput, startedAt: timestamp(new Date()) };
  const base = { context: null, input: rawInput, output: null, task: null, workflow, runtime };
  const input = transform(definition.input?.from, rawInput, base, "/input/from");
  const output = await runTasks(definition.do, input, "/do", { environment, variables: { ...base, input } });
  return transform(definition.output?.as, output, { ...base, input, output }, "/output/as");
}

/** Applies `input.from` or `output.as`. */
export function transform(
  rule: unknown,
  data: unknown,
  variables: Readonly<Record<string, unknown>>,
  instance: string,
): unknown {
  return rule === undefined ? data : guarded(instance, () => resolveExpression(rule, data, variables));
}

/** Turns what an expression throws into a fault of the task. */
export function guarded<T>(instance: string, evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ExpressionError) throw fault("expression", error.message, instance);
    throw error;
  }
}

/** A moment as the specification describes it. */
export function timestamp(moment: Date) {
  const milliseconds = moment.getTime();
  return { iso8601: moment.toISOString(), epoch: { seconds: Math.floor(milliseconds / 1000), milliseconds } };
}
