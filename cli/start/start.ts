import { readFileSync } from "node:fs";
import { join } from "node:path";
import { json as readJson } from "node:stream/consumers";
import { checkAhead, clusterUp } from "../../cluster/embedded/index.ts";
import { clientTools, clusterTools, ensureTools } from "../../cluster/toolchain/index.ts";
import { UserError } from "../../console/errors.ts";
import type { Step } from "../../console/progress.ts";
import { call } from "../invoke/call.ts";
import { findTarget } from "../invoke/target.ts";
import { commandProgress } from "../logs.ts";
import { describeChanges } from "../pulumi/events.ts";
import { readStackOutputs } from "../pulumi/outputs.ts";
import { selectStack, update } from "../pulumi/update.ts";
import { projectRoot } from "../root.ts";
import { embeddedInstanceName, openStack } from "../stack.ts";
import type { Phase, Started } from "./summary.ts";

const stack = "dev";
const workflow = "wordcount";
const exampleInput = join("functions", workflow, "examples", "input.json");
const callTimeoutSeconds = 300;

/** The npm dependencies, where scripts/bootstrap.mjs has just installed them. What is started from here need not know. */
function installation(): Phase[] {
  const milliseconds = Number(process.env.KNFLOW_INSTALL_MILLISECONDS);
  delete process.env.KNFLOW_INSTALL_MILLISECONDS;
  return milliseconds > 0 ? [{ title: "npm dependencies", milliseconds }] : [];
}

/**
 * The main job, from nothing to a first reply: tools, cluster, `pulumi up`, a call. Every phase finds out what is there
 * already, so a second run changes nothing.
 */
export async function start(): Promise<Started> {
  const progress = commandProgress("start");
  const phases = installation();
  const phase = async <T>(title: string, work: (step: Step) => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await progress.run(title, work);
    phases.push({ title, milliseconds: performance.now() - startedAt });
    return result;
  };

  const embedded = embeddedInstanceName(stack);
  const tools = embedded === undefined ? clientTools : [...clientTools, ...clusterTools];
  progress.plan(embedded === undefined ? 4 : 5);

  // What would stop the cluster in the end is said before the tools for it are built.
  if (embedded !== undefined) await checkAhead(embedded);
  await phase("tools", () => ensureTools(tools, progress));
  if (embedded !== undefined) await phase(`cluster ${embedded}`, () => clusterUp(embedded, progress));
  const access = await openStack(stack, clientTools, progress);
  await phase(`stack ${stack}`, (step) => selectStack(access, step));
  const changes = describeChanges(await phase("pulumi up", (step) => update(access, step)));
  const outputs = await readStackOutputs(access);
  const reply = await phase(`call ${workflow}`, async (step) => {
    const input = readFileSync(join(projectRoot, exampleInput), "utf8");
    step.note(`${input.length} characters of input`);
    const target = findTarget(workflow, outputs, embedded !== undefined);
    const answer = await call(target, input, AbortSignal.timeout(callTimeoutSeconds * 1000));
    if (!answer.ok) throw new UserError(`${workflow} failed: ${answer.problem}`);
    return readJson(answer.body);
  });

  return { stack, workflow, embedded, exampleInput, reply, phases, changes, outputs };
}
