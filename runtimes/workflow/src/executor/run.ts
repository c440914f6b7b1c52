import { createRequire } from "node:module";
import type { Definition } from "../definition/types.ts";
import { giveOut, takeIn } from "./data.ts";
import type { RunEnvironment } from "./environment.ts";
import { runTasks } from "./list.ts";
import { withVariables, type Scope } from "./scope.ts";
import { timestamp } from "./task.ts";
import { limited, limitOf } from "./time.ts";

export type { FunctionCall, RunEnvironment } from "./environment.ts";

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

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
  const startedAt = environment.startedAt ?? Date.now();
  const workflow = { id: environment.runId, definition, input: rawInput, startedAt: timestamp(new Date(startedAt)) };
  const scope: Scope = {
    run: { definition, environment, context: { value: null, number: 0 }, exports: environment.records?.exports ?? 0 },
    variables: {
      input: rawInput,
      output: null,
      task: null,
      workflow,
      runtime: { name: "knflow", version, metadata: {} },
    },
    signal: environment.signal,
    isLimited: false,
  };
  const timeout = { pointer: "/timeout", key: "/timeout" };
  const limit = limitOf(definition.timeout, scope);
  const run = async (inner: Scope) => {
    const input = await takeIn(definition.input, rawInput, "/input", inner);
    scope.run.context = { value: input, number: 0 };
    const tasks = withVariables(inner, { input });
    const { output } = await runTasks(definition.do, input, { pointer: "/do", key: "/do" }, tasks);
    return giveOut(definition.output, output, "the output", "/output", withVariables(tasks, { output }));
  };
  return limited(limit, timeout, scope, run, Date.now() - startedAt);
}
