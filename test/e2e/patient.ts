import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { stringify } from "yaml";
import type { StackOutputs } from "./project.ts";

/** A run as its workflow's address tells it. */
export interface Run {
  readonly state: string;
  readonly executors: number;
  readonly output?: unknown;
  readonly tasks: readonly { readonly task: string; readonly durationMs?: number }[];
}

/** Writes a workflow without functions that takes its time. */
export async function writePatientWorkflow(functions: string): Promise<void> {
  const document = { dsl: "1.0.0", namespace: "test", name: "patient", version: "1.0.0" };
  const branch = (name: string) => ({ [name]: { set: { name }, output: { as: `"${name}"` } } });
  const tasks = [
    { first: { set: { first: true }, export: { as: "." } } },
    { pause: { wait: { seconds: 10 } } },
    { both: { fork: { branches: [branch("left"), branch("right")] } } },
    { last: { set: { first: "${ $context.first }", branches: "${ . }" } } },
  ];
  await mkdir(join(functions, "patient"), { recursive: true });
  await writeFile(join(functions, "patient", "workflow.yaml"), stringify({ document, do: tasks }));
}

/** Asks the workflow for its runs. */
export async function askRuns(outputs: StackOutputs, method: "GET" | "POST", path: string): Promise<unknown> {
  const headers = { host: outputs.workflows.patient?.host ?? "" };
  const answer = await request(`${outputs.gatewayUrl}/runs${path}`, { method, headers });
  return answer.body.json();
}
