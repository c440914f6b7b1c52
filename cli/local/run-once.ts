import { showsColour } from "../../console/colour.ts";
import { createLogView } from "../../console/log-view.ts";
import { assertStarted, LocalSession, namesOf, type LocalWorkflow } from "../../local/session.ts";
import { call, type Reply } from "../invoke/call.ts";
import { workflowOf, type Target } from "../invoke/target.ts";
import { openData, type DataSource } from "../invoke/data.ts";
import { untilInterrupted } from "../interrupt.ts";
import { commandProgress } from "../logs.ts";
import { localEnvironment } from "./environment.ts";
import { bareWorkflow, isDefinitionFile, projectWorkflow, projectWorkflows } from "./workflows.ts";

/** How a target is run. */
export interface RunOptions {
  readonly data: DataSource;
  /** Whether what executor and functions log is shown. */
  readonly logs: boolean;
  /** Seconds for the whole reply. */
  readonly timeout: number;
}

/**
 * Starts a workflow on this machine, calls it once, and ends it.
 *
 * @param target a workflow, `<workflow>/<function>`, or a definition's file
 * @param use gets the reply while its source still runs
 */
export async function runOnce(
  target: string,
  options: RunOptions,
  use: (reply: Reply, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const isFile = isDefinitionFile(target);
  const workflows: LocalWorkflow[] = isFile ? [await bareWorkflow(target)] : await projectWorkflows(workflowOf(target));
  const name = isFile ? "workflow" : target;
  const view = createLogView(namesOf(workflows), showsColour(process.stderr));
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  await untilInterrupted(async (interrupted) => {
    const session = await LocalSession.open({
      port: 0,
      progress: commandProgress("run", { live: !options.logs }),
      onLine: (from, line) => options.logs && tell(view(from, line)),
      onNotice: (message) => tell(`! ${message}`),
      environment: localEnvironment(),
      ...(isFile ? {} : { load: projectWorkflow }),
    });
    const close = () => void session.close();
    interrupted.addEventListener("abort", close);
    try {
      interrupted.throwIfAborted();
      assertStarted(await session.apply(workflows));
      const gatewayUrl = session.address(name);
      const ends = AbortSignal.any([AbortSignal.timeout(options.timeout * 1000), interrupted]);
      const data = await openData(options.data);
      const called: Target = { name, gatewayUrl, host: new URL(gatewayUrl).host, runsOn: "machine" };
      await use(await call(called, data, ends), ends);
    } finally {
      await session.close();
    }
  }, "interrupted");
}
