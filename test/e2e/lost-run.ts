import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { stringify } from "yaml";
import { waitFor } from "../runtime/support/wait.ts";
import type { Project, StackOutputs } from "./project.ts";

const workflow = "patient";

/** A run as its workflow's address tells it. */
interface Run {
  readonly state: string;
  readonly executors: number;
  readonly output?: unknown;
  readonly tasks: readonly { readonly task: string; readonly durationMs?: number }[];
}

/** A run whose executor's Pod is lost half way, and that another one takes up while other things are tested. */
class LostRun {
  #id = "";

  /** Writes a workflow without functions that takes its time. */
  async write(functions: string): Promise<void> {
    const document = { dsl: "1.0.0", namespace: "test", name: workflow, version: "1.0.0" };
    const branch = (name: string) => ({ [name]: { set: { name }, output: { as: `"${name}"` } } });
    const tasks = [
      { first: { set: { first: true }, export: { as: "." } } },
      { pause: { wait: { seconds: 10 } } },
      { both: { fork: { branches: [branch("left"), branch("right")] } } },
      { last: { set: { first: "${ $context.first }", branches: "${ . }" } } },
    ];
    await mkdir(join(functions, workflow), { recursive: true });
    await writeFile(join(functions, workflow, "workflow.yaml"), stringify({ document, do: tasks }));
  }

  /** Starts it without waiting for its end, and removes its Pod once its first task is written down. */
  async start(project: Project, namespace: string): Promise<void> {
    const outputs = await project.outputs();
    const { id } = (await ask(outputs, "POST", "")) as { id: string };
    await waitFor("its first task to be written down", async () => {
      const { tasks } = (await ask(outputs, "GET", `/${id}`)) as Run;
      return tasks.some(({ task, durationMs }) => task === "/do/0/first" && durationMs !== undefined) || undefined;
    });
    const pods = ["-l", `serving.knative.dev/service=${workflow}`, "--grace-period=0", "--force"];
    await project.kubectl("-n", namespace, "delete", "pods", ...pods);
    this.#id = id;
  }

  /** Checks that another executor brought it to its end, from behind its first task. */
  async takenUp(project: Project): Promise<void> {
    const outputs = await project.outputs();
    const ended = async () => {
      const found = (await ask(outputs, "GET", `/${this.#id}`)) as Run;
      return found.state === "running" ? undefined : found;
    };
    const run = await waitFor("its end", ended, 60);
    assert.deepEqual([run.state, run.executors], ["completed", 2]);
    assert.deepEqual(run.output, { first: true, branches: ["left", "right"] });
  }
}

export const lostRun = new LostRun();

/** Asks the workflow for its runs. */
async function ask(outputs: StackOutputs, method: "GET" | "POST", path: string): Promise<unknown> {
  const headers = { host: outputs.workflows[workflow]?.host ?? "" };
  const answer = await request(`${outputs.gatewayUrl}/runs${path}`, { method, headers });
  return answer.body.json();
}
