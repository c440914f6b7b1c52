import { logEntry } from "../../console/log-entry.ts";
import { createLogView } from "../../console/log-view.ts";
import type { StackOutputs } from "../pulumi/outputs.ts";
import type { LoggedLine } from "./pod-logs.ts";

/** What is written of the logs, and how. */
export interface LineOptions {
  /** Only lines of the run with this id. */
  readonly run: string | undefined;
  /** JSON as it was written, rather than for people. */
  readonly json: boolean;
  /** Whether the stream shows colours. */
  readonly colour: boolean;
}

/**
 * Writes lines of functions' logs, for people or as they are.
 *
 * @returns writes a line, and says whether it is one of those that are wanted
 */
export function lineWriter(
  { workflows }: Pick<StackOutputs, "workflows">,
  { run, json, colour }: LineOptions,
  stream: Pick<NodeJS.WriteStream, "write">,
): (line: LoggedLine) => boolean {
  const names = Object.entries(workflows).flatMap(([workflow, { functions }]) => [
    workflow,
    ...Object.keys(functions).map((fn) => `${workflow}/${fn}`),
  ]);
  const view = createLogView(names, colour);
  return ({ from, text }) => {
    const entry = logEntry(text);
    if (run !== undefined && entry?.runId !== run) return false;
    stream.write(`${json ? asJson(from, text, entry) : view(from, text)}\n`);
    return true;
  };
}

/** A line as JSON: what a runtime wrote is; what something else wrote to its output is not. */
function asJson(from: string, text: string, entry: object | undefined): string {
  if (entry !== undefined) return text;
  const [workflow, fn] = from.split("/");
  return JSON.stringify({ workflow, ...(fn === undefined ? {} : { function: fn }), msg: text });
}
