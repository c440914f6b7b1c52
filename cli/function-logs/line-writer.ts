import { createLogView } from "../../console/log-view.ts";
import type { StackOutputs } from "../pulumi/outputs.ts";
import type { LoggedLine } from "./pod-logs.ts";

/** What is written of the logs, and how. */
export interface LineOptions {
  /** Only lines of the run with this id. */
  readonly run: string | undefined;
  /** Lines as they are, rather than for people. */
  readonly json: boolean;
}

/** Writes lines of functions' logs, for people or as they are. */
export function lineWriter(
  { workflows }: Pick<StackOutputs, "workflows">,
  { run, json }: LineOptions,
  stream: Pick<NodeJS.WriteStream, "write" | "isTTY">,
): (line: LoggedLine) => void {
  const names = Object.entries(workflows).flatMap(([workflow, { functions }]) => [
    workflow,
    ...Object.keys(functions).map((fn) => `${workflow}/${fn}`),
  ]);
  const view = createLogView(names, stream.isTTY && process.env.NO_COLOR === undefined);
  return ({ from, text }) => {
    if (run !== undefined && runOf(text) !== run) return;
    stream.write(`${json ? text : view(from, text)}\n`);
  };
}

function runOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { runId?: unknown }).runId;
  } catch {
    return undefined;
  }
}
