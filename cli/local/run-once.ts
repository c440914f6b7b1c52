import { createLogView } from "../../console/log-view.ts";
import { assertStarted, LocalSession, type LocalWorkflow } from "../../local/session.ts";
import { call, type Reply } from "../invoke/call.ts";
import { openData, type DataSource } from "../invoke/data.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import { commandProgress } from "../logs.ts";
import { bareWorkflow, isDefinitionFile, projectWorkflows } from "./workflows.ts";

/**
 * Starts a workflow on this machine, calls it once, and ends it.
 *
 * @param target a workflow, `<workflow>/<function>`, or a definition's file
 * @param use gets the reply while its source still runs
 */
export async function runOnce(
  target: string,
  options: { readonly data: DataSource; readonly logs: boolean },
  signal: AbortSignal,
  use: (reply: Reply) => Promise<void>,
): Promise<void> {
  const isFile = isDefinitionFile(target);
  const workflows: LocalWorkflow[] = isFile ? [await bareWorkflow(target)] : await projectWorkflows(workflowOf(target));
  const name = isFile ? "workflow" : target;
  const names = workflows.flatMap((one) => [one.name, ...one.functions.map((fn) => `${one.name}/${fn.name}`)]);
  const view = createLogView(names, process.stderr.isTTY);
  const onLine = (from: string, line: string) => {
    if (options.logs) process.stderr.write(`${view(from, line)}\n`);
  };
  const session = await LocalSession.open({ port: 0, progress: commandProgress("run"), onLine });
  const interrupted = new AbortController();
  await stopOnInterrupt(
    () => interrupted.abort(),
    async () => {
      try {
        assertStarted(await session.apply(workflows));
        const gatewayUrl = session.address(name);
        const ends = AbortSignal.any([signal, interrupted.signal]);
        await use(await call({ name, gatewayUrl, host: new URL(gatewayUrl).host }, await openData(options.data), ends));
      } finally {
        await session.close();
      }
    },
  );
}

function workflowOf(target: string): string {
  return target.split("/")[0] ?? target;
}
