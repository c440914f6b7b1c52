import type { FSWatcher } from "node:fs";
import { UserError } from "../../console/errors.ts";
import { localStoreUrl } from "../../local/run-store.ts";
import { LocalSession, namesOf } from "../../local/session.ts";
import { workflowNames } from "../../source/workflow-source.ts";
import { stopOnInterrupt } from "../interrupt.ts";
import { commandProgress } from "../logs.ts";
import { watchFolder } from "../watch-folder.ts";
import type { DevReport } from "./dev-report.ts";
import { localEnvironment } from "./environment.ts";
import { functionsFolder, projectRoot } from "../root.ts";
import { projectWorkflow, projectWorkflows } from "./workflows.ts";

/**
 * Runs workflows until an interrupt, and takes up what is saved.
 *
 * @param only the one workflow; all where it is not given
 */
export async function develop(only: string | undefined, port: number, report: DevReport): Promise<void> {
  const folder = functionsFolder();
  await workflowNames(folder);
  const stopped = Promise.withResolvers<void>();
  let ending = false;
  const stop = () => {
    ending = true;
    stopped.resolve();
  };

  const load = async (session: LocalSession, first: boolean) => {
    try {
      const workflows = await projectWorkflows(only);
      report.names(namesOf(workflows));
      const applied = await session.apply(workflows);
      if (ending) return;
      report.applied(applied, first);
      if (!first) return;
      const addresses = namesOf(workflows).map((name) => [name, session.address(name)]);
      report.ready(Object.fromEntries(addresses) as Record<string, string>, session.address(`${workflows[0]?.name}/`));
    } catch (error) {
      // Nothing runs yet: there is nothing to go on with.
      if (first || !(error instanceof UserError)) throw error;
      report.problem(error.message);
    }
  };

  const work = async () => {
    const session = await LocalSession.open({
      port,
      // Logs are written beside it.
      progress: commandProgress("dev", { live: false }),
      onLine: (name, line) => report.log(name, line),
      onNotice: (message) => report.notice(message),
      storeUrl: localStoreUrl(projectRoot),
      environment: localEnvironment(),
      ...(only === undefined ? {} : { load: projectWorkflow }),
    });
    let watcher: FSWatcher | undefined;
    try {
      const first = load(session, true);
      const again = () => first.then(() => load(session, false)).catch(stopped.reject);
      watcher = watchFolder(folder, again, stopped.reject);
      await Promise.race([first, stopped.promise]);
      await stopped.promise;
    } finally {
      watcher?.close();
      await session.close();
    }
  };
  await stopOnInterrupt(stop, work, "");
}
